// Starts the worker threads, connects them into the ring, and replaces a host that died.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Outcome } from '../schema/error.ts';
import { limits } from '../schema/limits.ts';
import type {
  FromHost,
  GatewayToPersistence,
  HostConfig,
  HostData,
  PersistenceData,
  PersistenceToGateway,
  Reply,
} from '../schema/thread.ts';
import { HostLink } from './host-link.ts';
import type { Log } from './log.ts';

/** What the gateway does with what comes off the ring. */
export type RingListener = {
  heardHost(host: number, message: Exclude<FromHost, { kind: 'reply' }>): void;
  heardPersistence(message: Exclude<PersistenceToGateway, { kind: 'reply' }>): void;
  /** A host died and another stands in its place, without its sessions. */
  hostReplaced(host: number): void;
  /** Nothing can be stored any more: the engine must end. */
  persistenceDied(error: unknown): void;
};

export type SupervisorOptions = {
  hosts: number;
  /** Asked for at each start of a host. */
  hostConfig(host: number): HostConfig;
  databaseUrl: string;
  dropsRows: boolean;
  log: Log;
  listener: RingListener;
};

type PersistenceReply = Extract<PersistenceToGateway, { kind: 'reply' }>;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #pool: Piscina;
  readonly #links: HostLink[] = [];
  readonly #aborts: AbortController[] = [];
  readonly #away = new Set<number>();
  readonly #persistence: MessagePort;
  readonly #waiting = new Map<number, (outcome: Outcome<Reply>) => void>();
  #replyTo = 0;
  #isEnding = false;
  hostDeaths = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const threads = options.hosts + 1;
    this.#pool = new Piscina({
      filename: new URL('../actors/thread.ts', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      maxQueue: threads,
      resourceLimits: { maxYoungGenerationSizeMb: 16 }, // V8 would take 48 MB a thread before it collects anything.
      atomics: 'disabled', // Otherwise a thread sleeps in Atomics.wait instead of turning its event loop.
    });
    this.#persistence = this.#startPersistence();
    for (let host = 0; host < options.hosts; host++) this.#startHost(host);
  }

  /** Hosts that are being replaced. */
  get hostsAway(): number {
    return this.#away.size;
  }

  link(host: number): HostLink {
    const link = this.#links[host];
    if (!link) throw new Error(`There is no host ${host}.`);
    return link;
  }

  get links(): readonly HostLink[] {
    return this.#links;
  }

  askPersistence(kind: 'metrics' | 'drain'): Promise<Outcome<Reply>> {
    const replyTo = ++this.#replyTo;
    return new Promise((resolve) => {
      this.#waiting.set(replyTo, resolve);
      this.#tellPersistence({ kind, replyTo });
    });
  }

  /** What waits for an answer that PostgreSQL's silence has swallowed is tried again now. */
  databaseAnswers(): void {
    this.#tellPersistence({ kind: 'databaseAnswers' });
  }

  /** Ends one host's thread at once, as a crash would; it is replaced. */
  endHost(host: number): void {
    this.#aborts[host]?.abort();
  }

  /** From now on a thread that ends is expected to. */
  expectEnd(): void {
    this.#isEnding = true;
  }

  async close(): Promise<void> {
    this.#isEnding = true;
    for (const link of this.#links) link.close();
    this.#persistence.close();
    await this.#pool.destroy();
  }

  #startPersistence(): MessagePort {
    const { databaseUrl, dropsRows, listener } = this.#options;
    const { port1: ours, port2: gateway } = new MessageChannel();
    const data: PersistenceData = { gateway, databaseUrl, dropsRows };
    this.#pool.run(data, { name: 'persistence', transferList: [gateway] }).then(
      () => this.#isEnding || listener.persistenceDied(new Error('The persistence thread ended.')),
      (error) => this.#isEnding || listener.persistenceDied(error),
    );
    ours.on('message', (message: PersistenceToGateway) => {
      if (message.kind === 'reply') this.#replied(message);
      else listener.heardPersistence(message);
    });
    return ours;
  }

  #startHost(host: number): void {
    const { hostConfig, listener, log } = this.#options;
    const { port1: ours, port2: gateway } = new MessageChannel();
    const { port1: toPersistence, port2: toHost } = new MessageChannel();
    this.#tellPersistence({ kind: 'attachHost', host, port: toHost }, [toHost]);
    this.#links[host] = new HostLink(ours, (message) => listener.heardHost(host, message));
    const abort = new AbortController();
    this.#aborts[host] = abort;
    const data: HostData = { host, gateway, persistence: toPersistence, config: hostConfig(host) };
    this.#pool.run(data, { name: 'host', transferList: [gateway, toPersistence], signal: abort.signal }).then(
      () => this.#isEnding || this.#hostDied(host, new Error('The host thread ended.')),
      (error) => this.#isEnding || this.#hostDied(host, error),
    );
    log.info('host.started', { host });
  }

  #hostDied(host: number, error: unknown): void {
    const { listener, log } = this.#options;
    this.hostDeaths++;
    log.error('host.died', { host, reason: error instanceof Error ? error.message : String(error) });
    this.link(host).close();
    this.#away.add(host);
    setTimeout(() => {
      if (this.#isEnding) return;
      this.#startHost(host);
      this.#away.delete(host);
      listener.hostReplaced(host);
    }, limits.hostRestartDelayMs);
  }

  #replied({ replyTo, outcome }: PersistenceReply): void {
    this.#waiting.get(replyTo)?.(outcome);
    this.#waiting.delete(replyTo);
  }

  #tellPersistence(message: GatewayToPersistence, transfer: MessagePort[] = []): void {
    this.#persistence.postMessage(message, transfer);
  }
}
