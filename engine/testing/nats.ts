// Real nats-servers for tests, built by Go once and kept.
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { findFreePort } from '../database/embedded/free-port.ts';
import { findReasonToLeaveOut, type GoProgram, pathOf } from './go-program.ts';
import { GoServer } from './go-server.ts';

const natsServer: GoProgram = {
  name: 'nats-server',
  package: 'github.com/nats-io/nats-server/v2',
  version: 'v2.14.10',
};
export const natsProgram = pathOf(natsServer);

/** The reason why these tests can't run here; undefined where they can. */
const reason = await findReasonToLeaveOut(natsServer, 'REQUIRE_NATS');

/** @throws where there is no nats-server */
export function requireNats(): void {
  if (reason !== undefined) throw new Error(`${reason}.`);
}

/** A `test` that needs NATS; where that is missing it only notes what is left out. */
export function natsTest(name: string, act: (t: TestContext) => Promise<void> | void): void {
  if (reason === undefined) void test(name, act);
  else leaveOut(name, reason);
}

export class NatsServer {
  readonly port: number;
  readonly #server: GoServer;

  private constructor(port: number, flags: readonly string[]) {
    this.port = port;
    const parameters = ['-a', '127.0.0.1', '-p', String(port), ...flags];
    this.#server = new GoServer({ program: natsServer, parameters, answers: () => isListening(port) });
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

  get pid(): number | undefined {
    return this.#server.pid;
  }

  get isRunning(): boolean {
    return this.#server.isRunning;
  }

  /** Starts it again on the same port. */
  restart(): Promise<void> {
    return this.#server.start();
  }

  /** Sends SIGKILL. */
  kill(): Promise<void> {
    return this.#server.kill();
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
