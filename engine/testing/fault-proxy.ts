// A TCP proxy between the engine and PostgreSQL, or another server, that fails as networks do: slow, cut, reset, silent, or with lost replies.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Which replies are lost. */
export type Loss = {
  /** The text that a request contains whose reply is lost, for example `COMMIT`. */
  after: string;
  /** Whether only requests count that commit by themselves, since no transaction is open. */
  isAlone?: boolean;
  /** 1 loses the reply of each such request, 2 of every second. */
  every: number;
  /** The connection is reset a moment later, or stays half-open until `stop`. */
  ending: 'reset' | 'silence';
};

type Link = {
  client: Socket;
  server: Socket;
  /** A silent link is half-open: it drops bytes, and neither side learns of it. */
  isSilent: boolean;
  isInTransaction: boolean;
  losing: Loss | undefined;
};

/** How long after a lost reply the reset comes, which isn't at once where a machine has lost its power. */
const resetAfterLossMs = 20;

export class FaultProxy {
  readonly #target: { host: string; port: number };
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #url = '';
  #isRefusing = false;
  #isSilent = false;
  #losses: { loss: Loss; matches: number }[] = [];
  readonly #lostAfter = new Map<string, number>();
  #paused = Promise.resolve();
  #resume: () => void = () => undefined;
  /** The delay of bytes each way; order is kept. */
  latencyMs = 0;

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** @param target the URL of the server behind it, `postgresql://…` as a rule @param host the address that it listens on */
  static async start(target: string, host = '127.0.0.1'): Promise<FaultProxy> {
    const url = new URL(target);
    const proxy = new FaultProxy({ host: url.hostname, port: Number(url.port || 5432) });
    proxy.#server.listen(0, host);
    await once(proxy.#server, 'listening');
    url.hostname = host;
    url.port = String((proxy.#server.address() as AddressInfo).port);
    proxy.#url = url.href;
    return proxy;
  }

  /** The server's URL through the proxy. */
  get url(): string {
    return this.#url;
  }

  get connectionCount(): number {
    return this.#links.size;
  }

  get repliesLost(): number {
    return this.#lostAfter.values().reduce((sum, count) => sum + count, 0);
  }

  /** @param text the `after` of a loss */
  repliesLostAfter(text: string): number {
    return this.#lostAfter.get(text) ?? 0;
  }

  /** Closes every connection in order (FIN); new ones are taken. */
  cut(): void {
    for (const { client, server } of this.#links) {
      client.end();
      server.end();
    }
  }

  /** Resets every connection (RST), as a server does whose process was killed; new ones are taken. */
  reset(): void {
    for (const link of this.#links) resetBoth(link);
  }

  /** Resets every connection, and each new one until `heal`. */
  refuse(): void {
    this.#isRefusing = true;
    this.reset();
  }

  /** Bytes are dropped from now on, on old and new connections, and neither side learns of it. */
  silence(): void {
    this.#isSilent = true;
    for (const link of this.#links) link.isSilent = true;
  }

  /** New connections work. Silenced ones stay silent, since what they lost doesn't come back. */
  heal(): void {
    this.#isRefusing = false;
    this.#isSilent = false;
    this.#losses = [];
    this.latencyMs = 0;
  }

  /** Holds all bytes back until `resume`; then they arrive, late and in order. */
  pause(): void {
    this.#resume();
    this.#paused = new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#resume();
  }

  /** Each loss counts its own requests; without any, no more replies are lost. */
  loseReplies(...losses: Loss[]): void {
    this.#losses = losses.map((loss) => ({ loss, matches: 0 }));
  }

  async stop(): Promise<void> {
    this.#resume();
    this.reset();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    client.on('error', doNothing); // The test asks for resets.
    if (this.#isRefusing) return resetOne(client);
    const server = connect({ ...this.#target, allowHalfOpen: true });
    server.on('error', doNothing);
    const link: Link = { client, server, isSilent: this.#isSilent, isInTransaction: false, losing: undefined };
    this.#links.add(link);
    void this.#pump(client, server, link, (bytes) => this.#noticeLoss(bytes, link));
    void this.#pump(server, client, link, () => passesReply(link));
    let open = 2;
    const countClosed = () => {
      if (--open === 0) this.#links.delete(link);
    };
    client.once('close', countClosed);
    server.once('close', countClosed);
  }

  /** Passes bytes one way, in order, and then the end or the reset. @param passes whether these bytes go on */
  async #pump(from: Socket, to: Socket, link: Link, passes: (bytes: Buffer) => boolean): Promise<void> {
    let passed = Promise.resolve();
    const pass = async (bytes: Buffer, dueMs: number) => {
      await this.#paused;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await delay(waitMs);
      if (!link.isSilent && passes(bytes)) to.write(bytes);
    };
    try {
      for await (const bytes of from) {
        const dueMs = performance.now() + this.latencyMs;
        passed = passed.then(() => pass(bytes, dueMs));
        if (this.latencyMs === 0) await passed; // Late bytes are on their way together.
      }
      await passed;
      if (!link.isSilent) to.end();
    } catch {
      if (!link.isSilent) resetOne(to);
    }
  }

  /** Requests always pass; one whose reply is to be lost marks its link. */
  #noticeLoss(bytes: Buffer, link: Link): true {
    for (const counted of this.#losses) {
      const { after, isAlone = false, every } = counted.loss;
      if (link.losing || !bytes.includes(after) || (isAlone && link.isInTransaction)) continue;
      if (++counted.matches % every !== 0) continue;
      link.losing = counted.loss;
      this.#lostAfter.set(after, this.repliesLostAfter(after) + 1);
    }
    if (bytes.includes('START TRANSACTION')) link.isInTransaction = true;
    else if (bytes.includes('COMMIT') || bytes.includes('ROLLBACK')) link.isInTransaction = false;
    return true;
  }
}

const doNothing = () => undefined;

function passesReply(link: Link): boolean {
  if (!link.losing) return true;
  if (link.losing.ending === 'silence') link.isSilent = true;
  else setTimeout(() => resetBoth(link), resetAfterLossMs);
  return false;
}

function resetBoth({ client, server }: Link): void {
  resetOne(client);
  resetOne(server);
}

/** A socket that has ended is closed, since a reset in the middle of its end leaves a handle that keeps Node from exiting. */
function resetOne(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}
