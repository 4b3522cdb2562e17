// A TCP proxy in front of the engine that does to a client's connections what networks do: it cuts them at a given byte, holds
// bytes back, splits them, and carries what the client says to the engine twice.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

type Direction = 'toClient' | 'toEngine';

/** What becomes of one connection. */
export type Plan = {
  /** After so many bytes one way it is cut; never, unless given. */
  cut?: { direction: Direction; afterBytes: number; isReset: boolean };
  /** How long each piece is held back, in milliseconds. */
  delayMs?: number;
  /** The longest piece that arrives at once. */
  pieceBytesMax?: number;
  /** Whether the engine hears all that the client says over a second connection, too. */
  isDoubled?: boolean;
};

type Link = { client: Socket; engine: Socket; double: Socket | undefined; plan: Plan; cut(): void };

export class CuttingProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #makePlan: () => Plan = () => ({});
  #held: Direction | 'both' | undefined;
  /** Where the engine listens: another one after a restart. */
  enginePort: number;
  /** Connections that were cut. */
  cuts = 0;
  /** Connections that were taken. */
  connections = 0;

  private constructor(enginePort: number) {
    this.enginePort = enginePort;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(enginePort: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(enginePort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Every connection from now on gets one of these. */
  plan(makePlan: () => Plan): void {
    this.#makePlan = makePlan;
  }

  /** Cuts all that is open. */
  cutAll(): void {
    for (const link of [...this.#links]) link.cut();
  }

  /** From now on nothing passes one way, as with a proxy that buffers, or both ways, as without a network; nobody is told. */
  hold(direction: Direction | 'both' = 'toClient'): void {
    this.#held = direction;
  }

  release(): void {
    this.#held = undefined;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.cutAll();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    this.connections++;
    const plan = this.#makePlan();
    const engine = connect(this.enginePort, '127.0.0.1');
    const double = plan.isDoubled ? connect(this.enginePort, '127.0.0.1') : undefined;
    const sockets = [client, engine, ...(double ? [double] : [])];
    const cut = () => {
      if (this.#links.delete(link)) this.cuts++;
      for (const socket of sockets) endSocket(socket, plan.cut?.isReset ?? true);
    };
    const link: Link = { client, engine, double, plan, cut };
    this.#links.add(link);
    for (const socket of sockets) socket.on('error', () => undefined); // A reset is what this is for.
    double?.resume();
    void this.#pump(client, [engine, ...(double ? [double] : [])], link, 'toEngine');
    void this.#pump(engine, [client], link, 'toClient');
    const close = () => {
      this.#links.delete(link);
      for (const socket of sockets) socket.destroy();
    };
    client.once('close', close);
    engine.once('close', () => {
      if (this.#held !== 'both') client.end();
    });
  }

  #isHeld(direction: Direction): boolean {
    return this.#held === direction || this.#held === 'both';
  }

  async #pump(from: Socket, to: Socket[], link: Link, direction: Direction): Promise<void> {
    const { cut, delayMs = 0, pieceBytesMax = Number.POSITIVE_INFINITY } = link.plan;
    let left = cut?.direction === direction ? cut.afterBytes : Number.POSITIVE_INFINITY;
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (let at = 0; at < chunk.length; ) {
          if (delayMs > 0) await delay(delayMs);
          const piece = chunk.subarray(at, at + Math.min(pieceBytesMax, left));
          at += piece.length;
          left -= piece.length;
          if (!this.#isHeld(direction)) for (const socket of to) socket.write(piece);
          if (left === 0) return link.cut();
        }
      }
    } catch {
      // It was cut: `close` follows.
    }
  }
}

/** In order, so that what was written still arrives, or at once. */
function endSocket(socket: Socket, isReset: boolean): void {
  if (!isReset) socket.end();
  else if (!socket.destroyed) socket.resetAndDestroy();
}
