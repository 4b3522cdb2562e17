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
  #hangsNext = false;
  /** Connections that were taken while it hung. */
  hungCount = 0;

  constructor() {
    this.#server = createServer({ pauseOnConnect: true }, (client) => this.#accept(client));
    this.#server.listen(this.socketPath);
  }

  /** Lets nothing pass any more, in either direction; connections are accepted and stay open. */
  hang(): void {
    this.#isHung = true;
    this.stall();
  }

  /** Lets nothing pass on the next connection; those after it work. */
  hangNext(): void {
    this.#hangsNext = true;
  }

  /** Lets nothing pass any more on the open connections, not even their end; new ones work. */
  stall(): void {
    for (const socket of this.#sockets) {
      socket.unpipe().pause();
      this.#stalled.add(socket);
    }
  }

  /** Ends every connection, and lets no other in. */
  break(): void {
    this.#isGone = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Works as before; connections that hung are broken off, since a daemon that comes back has new ones. */
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
    const hangs = this.#isHung || this.#hangsNext;
    this.#hangsNext = false;
    if (hangs) return void this.hungCount++;
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
