// The compose file as an operator runs it: a project on ports of its own, removed whole when it is closed.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findFreePort } from '../../database/embedded/free-port.ts';
import { engineAddressesOf, testSecret } from '../engine.ts';
import { docker, ensureImages } from './stand-ins.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const buildMinutesMax = 5;

/** @returns version 2's command, or the `docker-compose` that Debian has */
export async function findCompose(): Promise<string[] | undefined> {
  for (const command of [['docker', 'compose'], ['docker-compose']]) {
    const [program = '', ...args] = command;
    if (
      await run(program, [...args, 'version']).then(
        () => true,
        () => false,
      )
    )
      return command;
  }
  return undefined;
}

const portNames = ['engine', 'engine2', 'engine3', 'database', 'frontend', 'http', 'https'] as const;
type Ports = Record<(typeof portNames)[number], number>;

export class Compose {
  readonly #command: string[];
  readonly #folder = mkdtempSync('/tmp/lucid-compose-');
  readonly #name: string;
  readonly #standIns: string[];
  readonly #images: { engine: string; sandbox: string };
  /** Variables of the engine and of the compose file. */
  #environment: Record<string, string>;
  readonly #ports: Ports;

  private constructor(command: string[], name: string, standIns: string[], ports: Ports) {
    this.#command = command;
    this.#name = name;
    this.#standIns = standIns;
    this.#images = { engine: `${name}-engine`, sandbox: `${name}-sandbox` };
    this.#ports = ports;
    this.#environment = {
      POSTGRES_PASSWORD: randomBytes(16).toString('hex'),
      POSTGRES_PORT: String(ports.database),
      PORT: String(ports.engine),
      SECOND_ENGINE_PORT: String(ports.engine2),
      THIRD_ENGINE_PORT: String(ports.engine3),
      FRONTEND_PORT: String(ports.frontend),
      HTTP_PORT: String(ports.http),
      HTTPS_PORT: String(ports.https),
      ENGINE_IMAGE: this.#images.engine,
      SANDBOX_IMAGE: this.#images.sandbox,
    };
  }

  static async open(command: string[]): Promise<Compose> {
    const standIns = await ensureImages();
    const found = await Promise.all(portNames.map(async (name) => [name, await findFreePort()]));
    const ports = Object.fromEntries(found) as Ports;
    return new Compose(command, `lucid-test-${randomBytes(4).toString('hex')}`, standIns, ports);
  }

  get addresses(): { http: string; ws: string } {
    return engineAddressesOf(this.#ports.engine);
  }

  /** Caddy in front of the engine; `domainPort` is where it serves a name over https. */
  get frontend(): { http: string; ws: string; domainPort: number } {
    return { ...engineAddressesOf(this.#ports.frontend), domainPort: this.#ports.https };
  }

  /** The variables are added to those of the file .env. */
  setEnvironment(environment: Record<string, string>): void {
    this.#environment = { ...this.#environment, ...environment };
  }

  up(...services: string[]): Promise<string> {
    return this.#compose('up', '-d', ...services);
  }

  stop(): Promise<string> {
    return this.#compose('stop');
  }

  /** Sends SIGKILL to a service's process, which is not started again. */
  kill(service: string): Promise<string> {
    return this.#compose('kill', service);
  }

  logs(service: string): Promise<string> {
    return this.#compose('logs', '--no-color', service);
  }

  /** @returns the machine's address for its containers, once one of them is up */
  async findGatewayAddress(): Promise<string> {
    const format = ['--format', '{{(index .IPAM.Config 0).Gateway}}'];
    return (await docker('network', 'inspect', `${this.#name}_default`, ...format)).stdout.trim();
  }

  async readFile(service: string, file: string): Promise<string> {
    const id = (await this.#compose('ps', '-q', service)).trim();
    return (await docker('exec', id, 'cat', file)).stdout;
  }

  /** Runs a script of Node's in a service's container. @returns what it printed */
  async run(service: string, script: string): Promise<string> {
    const id = (await this.#compose('ps', '-q', service)).trim();
    return (await docker('exec', id, 'node', '--input-type=module', '-e', script)).stdout.trim();
  }

  /** Removes the project and the images; layers of images may stay. */
  async close(): Promise<void> {
    await this.#compose('down', '--volumes', '--timeout', '5');
    for (const image of [...Object.values(this.#images), ...this.#standIns])
      await docker('image', 'rm', '--force', image);
    rmSync(this.#folder, { recursive: true });
  }

  /** @returns what Docker still has of the project */
  async listLeft(): Promise<string[]> {
    const label = ['--filter', `label=com.docker.compose.project=${this.#name}`, '--quiet'];
    const kinds = [
      ['ps', '--all'],
      ['volume', 'ls'],
      ['network', 'ls'],
    ];
    const listed = await Promise.all(kinds.map((kind) => docker(...kind, ...label)));
    return listed.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean));
  }

  async #compose(...args: string[]): Promise<string> {
    const [program = '', ...before] = this.#command;
    const file = path.join(this.#folder, 'env');
    const lines = Object.entries(this.#environment).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(file, lines.join(''));
    const project = ['--project-name', this.#name, '--project-directory', root, '--env-file', file];
    const { PATH, HOME, DOCKER_CONFIG, DOCKER_HOST } = process.env;
    const env = { PATH, HOME, DOCKER_CONFIG, DOCKER_HOST };
    const options = { env, cwd: root, timeout: buildMinutesMax * 60_000, maxBuffer: 64 * 1024 * 1024 };
    const { stdout, stderr } = await run(
      program,
      [...before, ...project, '-f', path.join(root, 'docker-compose.yml'), ...args],
      options,
    );
    return stdout + stderr;
  }
}

/** The secrets without which NODE_ENV=production refuses to start. */
export const productionEnvironment = {
  SESSION_SECRET: testSecret,
  INTERNAL_API_KEY: 'an internal key of tests that is long enough for production',
};
