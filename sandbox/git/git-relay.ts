// The relay: a server in the machine's own network that passes on what is for the git proxy of an engine in a container.
import { rmSync } from 'node:fs';
import { connect, createServer, isIPv4, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream';
import * as v from 'valibot';
import { limits } from '../../schema/limits.ts';
import { blockListOf } from '../outbound/address.ts';
import { Admission } from './admission.ts';
import { isOnContainerBridge } from './bridges.ts';
import { gitConnectionsMax } from './git-listener.ts';

/** The relay's socket, in the folder that engine and relay share. */
export const relaySocketName = 'relay.sock';

/** An engine sends one line of JSON; what it is granted lasts as long as the connection. */
export const RelayRequest = v.strictObject({
  /** An address of the machine on a bridge of Docker, which only containers reach. */
  address: v.pipe(v.string(), v.check(isIPv4)),
  /** Networks whose clients may connect. */
  peers: v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(8)),
  /** The first of these ports that is free is taken. */
  ports: v.strictObject({
    min: v.pipe(v.number(), v.integer(), v.minValue(1_024), v.maxValue(65_000)),
    count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(512)),
  }),
  /** The engine's socket in the folder, which is removed when the engine ends; so it must not be the relay's own. */
  socket: v.pipe(v.string(), v.regex(/^[\w-]{1,64}\.sock$/), v.notValue(relaySocketName)),
});
export type RelayRequest = v.InferOutput<typeof RelayRequest>;

/** The relay answers with one line of JSON. */
export const RelayAnswer = v.union([v.object({ port: v.number() }), v.object({ problem: v.string() })]);
type RelayAnswer = v.InferOutput<typeof RelayAnswer>;

export class GitRelay {
  readonly #folder: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((engine) => void this.#serve(engine));
    this.#server.maxConnections = limits.gitPortsMax;
  }

  /** @param folder shared with the engine, and with nobody else */
  static async open(folder: string): Promise<GitRelay> {
    const relay = new GitRelay(folder);
    const socketPath = path.join(folder, relaySocketName);
    rmSync(socketPath, { force: true }); // A relay that was killed left it.
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject).listen(socketPath, resolve);
    });
    return relay;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(engine: Socket): Promise<void> {
    this.#track(engine);
    const line = await readLine(engine);
    const request = v.safeParse(v.pipe(v.string(), v.parseJson(), RelayRequest), line);
    if (!request.success)
      return answerEngine(engine, { problem: 'The relay does not understand what it is asked for.' });
    const { address } = request.output;
    if (!isOnContainerBridge(address))
      return answerEngine(engine, { problem: `${address} is not on a bridge of Docker on the relay's machine.` });
    const listening = await this.#listen(request.output);
    if (listening === undefined) return answerEngine(engine, { problem: `No port is free at ${address}.` });
    const close = () => {
      listening.server.close();
      rmSync(path.join(this.#folder, request.output.socket), { force: true }); // An engine that was killed left it.
    };
    if (engine.destroyed) return close();
    engine.once('close', close);
    answerEngine(engine, { port: listening.port });
  }

  async #listen({
    address,
    peers,
    ports,
    socket,
  }: RelayRequest): Promise<{ server: Server; port: number } | undefined> {
    const admission = new Admission({ peers: blockListOf(peers), isPeerASandbox: true });
    const server = createServer({ allowHalfOpen: true }, (sandbox) => {
      if (!admission.admit(sandbox)) return;
      const proxy = connect({ path: path.join(this.#folder, socket), allowHalfOpen: true });
      pipeline(this.#track(sandbox), this.#track(proxy), sandbox, () => undefined); // Where one breaks off, the other ends too.
    });
    server.maxConnections = gitConnectionsMax;
    for (let port = ports.min; port < ports.min + ports.count; port++)
      if (await tryListen(server, address, port)) return { server, port };
    return undefined;
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
  }
}

const answerEngine = (engine: Socket, answer: RelayAnswer): void => void engine.write(`${JSON.stringify(answer)}\n`);

const lineCharsMax = 4_096;

/** Reads the first line; undefined where the connection ends before. */
export function readLine(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      received = (received + text).slice(0, lineCharsMax);
      if (received.includes('\n')) resolve(received.split('\n')[0]);
    });
    socket.once('close', () => resolve(undefined));
  });
}

function tryListen(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isListening: boolean) => {
      server.off('error', fail).off('listening', succeed);
      resolve(isListening);
    };
    const fail = () => settle(false);
    const succeed = () => settle(true);
    server.once('error', fail).once('listening', succeed).listen(port, host);
  });
}
