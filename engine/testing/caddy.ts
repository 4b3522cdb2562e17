// Caddy with the project's own Caddyfile in front of an engine, for tests; where it isn't installed they are left out.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlainly } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { findFreePort } from '../database/embedded/free-port.ts';

/** The one for a port, and the one for a name, as `docker-compose.yml` runs them. */
export const caddyfiles = ['Caddyfile', 'domain.Caddyfile'].map((name) =>
  fileURLToPath(new URL(`../../deploy/caddy/${name}`, import.meta.url)),
);
/** The place where Debian's package installs it. */
const program = '/usr/bin/caddy';
const isInstalled = existsSync(program);

if (!isInstalled && process.env.REQUIRE_CADDY === '1')
  throw new Error('REQUIRE_CADDY is 1, but Caddy is not installed.');

/** Whether what needs Caddy can run; otherwise it's said what was left out. */
export function hasCaddy(what: string): boolean {
  if (!isInstalled) leaveOut(what, 'Caddy is not installed');
  return isInstalled;
}

type CaddyOptions = {
  /** `127.0.0.1:8000`, for instance. */
  engine: string;
  /** A name that is served over https; without it a port of this machine is. */
  domain?: string;
  /** What an operator adds to the site, as files beside one that names them. */
  site?: Record<string, string>;
};

export class Caddy {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly port: number;
  /** Where `http://` of a name is. */
  readonly plainPort: number;

  private constructor(child: ChildProcess, folder: string, ports: { port: number; plainPort: number }) {
    this.#process = child;
    this.#folder = folder;
    this.port = ports.port;
    this.plainPort = ports.plainPort;
  }

  /** Resolves once it listens. @throws where it ends instead, with what it said */
  static async start({ engine, domain, site = {} }: CaddyOptions): Promise<Caddy> {
    const folder = mkdtempSync(path.join(tmpdir(), 'lucid-caddy-'));
    for (const file of caddyfiles) cpSync(file, path.join(folder, path.basename(file)));
    mkdirSync(path.join(folder, 'site'));
    for (const [name, text] of Object.entries(site)) writeFileSync(path.join(folder, 'site', name), text);
    const port = await findFreePort();
    const plainPort = await findFreePort();
    const env = {
      ADDRESS: domain ?? `:${port}`,
      ENGINE: engine,
      HTTP_PORT: String(plainPort),
      HTTPS_PORT: String(domain === undefined ? await findFreePort() : port),
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
    };
    const child = spawn(
      program,
      ['run', '--config', domain === undefined ? 'Caddyfile' : 'domain.Caddyfile', '--adapter', 'caddyfile'],
      {
        cwd: folder,
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    process.once('exit', () => child.kill('SIGKILL'));
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text;
    });
    while (!(await isServing(port, domain))) {
      if (child.exitCode !== null) throw new Error(`Caddy ended with ${child.exitCode}:\n${said}`);
      await delay(20);
    }
    return new Caddy(child, folder, { port, plainPort });
  }

  get http(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}/api/v1/ws`;
  }

  /** The certificate of the authority that Caddy is itself for names below `.localhost`. */
  get authority(): string {
    return readFileSync(path.join(this.#folder, 'caddy/pki/authorities/local/root.crt'), 'utf8');
  }

  async close(): Promise<void> {
    this.#process.kill('SIGKILL');
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'exit');
    rmSync(this.#folder, { recursive: true });
  }
}

/** Over https only once there is a certificate. */
function isServing(port: number, servername: string | undefined): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket =
    servername === undefined
      ? connectPlainly(port, '127.0.0.1', () => resolve(true))
      : connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false }, () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/** @returns what Caddy says of the file @throws where it refuses it */
export const runCaddy = (...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
