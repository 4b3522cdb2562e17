// A proxy to Docker that can hang and break, so that the daemon of other tests is left alone.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';

const dockerSocket = '/var/run/docker.sock';

export class DockerProxy {
  readonly #folder = mkdtempSync('/tmp/lucid-docker-');
  readonly #sockets = new Set<Socket>();
  readonly #stalled = new WeakSet<Socket>();
  readonly #server: Server;
  readonly socketPath = path.join(this.#folder, 'docker.sock');
  #isHung = false;
  #isGone = false;

  constructor() {
    this.#server = createServer({ pauseOnConnect: true }, (client) => this.#accept(client));
    this.#server.listen(this.socketPath);
  }

  /** Nothing passes any more, in either direction; connections are accepted and stay open. */
  hang(): void {
    this.#isHung = true;
    this.stall();
  }

  /** Nothing passes any more on the connections that are open, not even their end; new ones work. */
  stall(): void {
    for (const socket of this.#sockets) {
      socket.unpipe().pause();
      this.#stalled.add(socket);
    }
  }

  /** Every connection ends, and no other is let in. */
  break(): void {
    this.#isGone = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** As before. What hung is broken off: a daemon that comes back has new connections. */
  recover(): void {
    this.break();
    this.#isHung = false;
    this.#isGone = false;
  }

  close(): void {
    this.break();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #accept(client: Socket): void {
    if (this.#isGone) return void client.destroy();
    this.#track(client);
    if (this.#isHung) return;
    const daemon = this.#track(connect(dockerSocket));
    client.pipe(daemon).pipe(client);
    client.once('close', () => daemon.destroy());
    daemon.once('close', () => this.#stalled.has(daemon) || client.destroy());
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
  }
}
