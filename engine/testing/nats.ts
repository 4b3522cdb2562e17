// Real nats-servers for tests, built by Go once and kept. Where there is none and no Go, their file says in one line what it
// leaves out and why; with `REQUIRE_NATS=1`, which CI sets, it fails instead.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { findFreePort } from '../database/embedded/free-port.ts';
import { buildGoProgram, pathOf } from './go-program.ts';

const natsServer = { name: 'nats-server', package: 'github.com/nats-io/nats-server/v2', version: 'v2.14.10' };
export const natsProgram = pathOf(natsServer);
/** How long a server may take to listen: a few milliseconds, on a busy machine many more. */
const startTimeoutMs = 30_000;

/** The reason why these tests can't run here; undefined where they can. */
const reason = await findReasonToLeaveOut();

/** @throws where there is no nats-server */
export function requireNats(): void {
  if (reason !== undefined) throw new Error(`${reason}.`);
}

async function findReasonToLeaveOut(): Promise<string | undefined> {
  if (existsSync(natsProgram)) return undefined;
  if (process.env.REQUIRE_NATS !== '1')
    return `nats-server ${natsServer.version} is not there; REQUIRE_NATS=1 builds it with Go`;
  return buildGoProgram(natsServer);
}

if (reason !== undefined && process.env.REQUIRE_NATS === '1') throw new Error(`REQUIRE_NATS is 1, but ${reason}.`);

/** A `test` that needs NATS; where that is missing it only notes what is left out. */
export function natsTest(name: string, act: (t: TestContext) => Promise<void> | void): void {
  if (reason === undefined) void test(name, act);
  else leaveOut(name, reason);
}

export class NatsServer {
  readonly port: number;
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, flags: readonly string[]) {
    this.port = port;
    this.#flags = flags;
  }

  /** Resolves once it listens on a port of its own; it ends with the test. @param flags of the server */
  static async start(t: Pick<TestContext, 'after'>, flags: readonly string[] = []): Promise<NatsServer> {
    const server = new NatsServer(await findFreePort(), flags);
    t.after(() => server.kill());
    await server.restart();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts it again on the same port. */
  async restart(): Promise<void> {
    const child = spawn(natsProgram, ['-a', '127.0.0.1', '-p', String(this.port), ...this.#flags], { stdio: 'ignore' });
    this.#child = child;
    const killAtExit = () => child.kill('SIGKILL');
    process.once('exit', killAtExit);
    child.once('exit', () => process.off('exit', killAtExit));
    for (const deadline = performance.now() + startTimeoutMs; !(await isListening(this.port)); await delay(20)) {
      if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}.`);
      if (performance.now() > deadline) throw new Error('nats-server does not listen.');
    }
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || !this.isRunning) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

/** Servers that know each other. @returns them, and the URLs for engines */
export async function startNatsServers(t: TestContext, count: number): Promise<{ servers: NatsServer[]; url: string }> {
  const servers: NatsServer[] = [];
  for (let routes: string[] = []; servers.length < count; ) {
    const route = `nats://127.0.0.1:${await findFreePort()}`;
    routes = [...routes, route]; // Each tells the next ones of those before.
    const flags = ['--cluster_name', 'test', '--cluster', route, '--routes', routes.join(',')];
    servers.push(await NatsServer.start(t, flags));
  }
  return { servers, url: servers.map(({ url }) => url).join(',') };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
