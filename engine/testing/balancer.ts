// A load balancer of TCP for tests: each connection goes to the next engine that takes it, and keeps no client at one.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Balancer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next = 0;
  /** The ports of the engines, on 127.0.0.1. */
  ports: readonly number[];

  private constructor(ports: readonly number[]) {
    this.ports = ports;
    this.#server = createServer((client) => this.#accept(client, this.ports.length));
  }

  static async start(ports: readonly number[]): Promise<Balancer> {
    const balancer = new Balancer(ports);
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  /** @param triesMax engines that are asked, of which some may have ended */
  #accept(client: Socket, triesMax: number): void {
    const engine = connect(this.ports[this.#next++ % this.ports.length] ?? 0, '127.0.0.1');
    let isThere = false;
    engine.once('connect', () => {
      isThere = true;
      client.pipe(engine).pipe(client);
    });
    engine.once('error', () => {
      if (!isThere && triesMax > 1 && !client.destroyed) this.#accept(client, triesMax - 1);
      else client.destroy();
    });
    engine.once('close', () => isThere && client.destroy());
    client.on('error', () => undefined); // The event `close` follows.
    client.once('close', () => engine.destroy());
    for (const socket of [client, engine]) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    }
  }
}
