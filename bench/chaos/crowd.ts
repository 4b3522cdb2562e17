// Many clients at work on one engine: started, kept sending at a rate, and brought to rest.
import { setTimeout as delay } from 'node:timers/promises';
import { signTestToken } from '../../engine/testing/engine.ts';
import { ChaosClient, type ChaosClientOptions } from './chaos-client.ts';
import { CrowdTally } from './crowd-tally.ts';
import type { Random } from './random.ts';

export type CrowdOptions = {
  /** `ws://…/api/v1/ws`. */
  url: string;
  /** Other engines of the same cluster, among which sessions are begun in turn. */
  others?: readonly string[];
  clients: number;
  /** How many clients share each session, at engines of their own; one by default. */
  sharers?: number;
  random: Random;
  /** Options that differ from those of most faults. */
  client?: Partial<
    Pick<ChaosClientOptions, 'commandChars' | 'padding' | 'unansweredMax' | 'isPersistent' | 'keepsWaits'>
  >;
  /** The beginning of clients' names, so that two crowds of one stage differ. */
  name?: string;
};

/** Sessions that are begun at the same time. */
const startsAtOnce = 50;
const startWithinMs = 60_000;
/** A mailbox takes 64 commands, and a person sends one. */
const ordinary = { commandChars: 80, padding: '.', unansweredMax: 40, isPersistent: true };
const pauseMs = 20;

export class Crowd {
  readonly clients: readonly ChaosClient[];
  readonly tally: CrowdTally;
  #timers: NodeJS.Timeout[] = [];

  private constructor(clients: readonly ChaosClient[], tally: CrowdTally) {
    this.clients = clients;
    this.tally = tally;
  }

  /** Resolves once every client has a session. @throws when that takes longer than a minute */
  static async start(options: CrowdOptions): Promise<Crowd> {
    const { url, others = [], clients: count, sharers = 1, random, name = 'client' } = options;
    const urls = [url, ...others];
    const tally = new CrowdTally();
    const clients: ChaosClient[] = [];
    for (let number = 0; number < count; number++) {
      const client = `${name}-${number}`;
      const user = `${name}-${number - (number % sharers)}`;
      const own = { name: client, token: await signTestToken(user), random: random.fork(client) };
      clients.push(new ChaosClient({ ...ordinary, ...options.client, ...own, urls, tally }));
    }
    const crowd = new Crowd(clients, tally);
    await failAfter(crowd.#startAll(urls.length, sharers), startWithinMs, `${count} clients were not started`);
    tally.latenciesMs = [];
    return crowd;
  }

  async #startAll(engines: number, sharers: number): Promise<void> {
    const groups = Map.groupBy(this.clients.entries(), ([number]) => Math.floor(number / sharers));
    const numbered = [...groups].map(([number, members]) => ({ number, members: members.map(([, client]) => client) }));
    for (let at = 0; at < numbered.length; at += startsAtOnce)
      await Promise.all(
        numbered.slice(at, at + startsAtOnce).map(async ({ number, members: [first, ...others] }) => {
          await first?.start(number % engines);
          for (const [place, client] of others.entries())
            client.join(first?.sessionId ?? '', (number + place + 1) % engines);
        }),
      );
    await waitUntil(() => this.clients.every((client) => client.sessionId !== ''), startWithinMs);
  }

  /** Each client sends so many commands a second, at times of its own. */
  startLoad(perSecond: number, random: Random, clients: readonly ChaosClient[] = this.clients): void {
    const intervalMs = 1_000 / perSecond;
    for (const client of clients) {
      const begin = setTimeout(() => {
        this.#timers.push(setInterval(() => client.sendCommand(), intervalMs));
      }, random.next() * intervalMs);
      this.#timers.push(begin);
    }
  }

  stopLoad(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }

  get unanswered(): number {
    return this.clients.reduce((sum, client) => sum + client.unanswered, 0);
  }

  /** @returns whether every command was answered in time */
  waitUntilAnswered(withinMs: number): Promise<boolean> {
    return waitUntil(() => this.unanswered === 0, withinMs);
  }

  /** @returns whether an acknowledgement came, in time, that is younger than `sinceMs` of `performance.now()` */
  waitForAcknowledgement(sinceMs: number, withinMs: number): Promise<boolean> {
    return waitUntil(() => this.tally.acknowledgedAtMs > sinceMs, withinMs);
  }

  /** @returns whether every client was acknowledged something, in time, after `sinceMs` */
  waitForAllAcknowledgements(sinceMs: number, withinMs: number): Promise<boolean> {
    return waitUntil(() => this.clients.every((client) => client.acknowledgedAtMs > sinceMs), withinMs);
  }

  async leave(): Promise<void> {
    this.stopLoad();
    await Promise.all(this.clients.map((client) => client.leave()));
  }
}

/** @returns false where the time is over */
export async function waitUntil(isSo: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) return false;
    await delay(pauseMs);
  }
  return true;
}

export async function failAfter<T>(work: Promise<T>, limitMs: number, otherwise: string): Promise<T> {
  const stop = new AbortController();
  const late = delay(limitMs, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`${otherwise} in ${limitMs} ms.`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
    late.catch(() => undefined);
  }
}
