// Runs the governors of all keys with timers: who wants a permit gets it, or hears how long it takes.
import type { PermitAsk, RequestNews } from '../../schema/permits.ts';
import { Governor } from './governor.ts';

/** Keys whose limits are remembered; callers bring keys of their own. */
const governedKeysMax = 10_000;
/** How much longer a wait must have become for those who wait to hear of it again. */
const tellAgainMs = 1_000;
/** What a wait is said to be that depends on a request that is under way. */
const unknownWaitMs = 1_000;

export type PermitListener = { onGranted(): void; onWaits(waitMs: number): void };

type Governed = {
  governor: Governor;
  timer?: NodeJS.Timeout;
  /** When the next one may be sent, as those who wait were told. */
  toldUntilMs: number;
};

export class Permits {
  readonly #now: () => number;
  readonly #keys = new Map<string, Governed>();
  /** Those who wait, by the ids of their asks. */
  readonly #wanted = new Map<string, PermitListener>();
  readonly #keyOf = new Map<string, string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  want(ask: PermitAsk, listener: PermitListener): void {
    this.#wanted.set(ask.id, listener);
    this.#keyOf.set(ask.id, ask.key);
    this.#open(ask.key).governor.ask(ask);
    this.#grant(ask.key, ask.id);
  }

  hear(id: string, news: RequestNews): void {
    this.#act(id, (governor) => governor.hear(id, news, this.#now()));
  }

  /** The request is over, or isn't wanted any more. */
  end(id: string): void {
    this.#wanted.delete(id);
    this.#act(id, (governor) => governor.end(id));
    this.#keyOf.delete(id);
  }

  /** Ends all whose ids begin so: those of a host that died. */
  endAll(prefix: string): void {
    for (const id of [...this.#keyOf.keys()]) if (id.startsWith(prefix)) this.end(id);
  }

  close(): void {
    for (const { timer } of this.#keys.values()) clearTimeout(timer);
    this.#keys.clear();
  }

  #act(id: string, act: (governor: Governor) => void): void {
    const key = this.#keyOf.get(id);
    const governed = key === undefined ? undefined : this.#keys.get(key);
    if (key === undefined || !governed) return;
    act(governed.governor);
    this.#grant(key);
  }

  /** The key that was used longest ago, and that nobody uses, is forgotten first. */
  #open(key: string): Governed {
    const known = this.#keys.get(key);
    const governed = known ?? { governor: new Governor(), toldUntilMs: Number.NEGATIVE_INFINITY };
    if (known) this.#keys.delete(key);
    this.#keys.set(key, governed);
    if (this.#keys.size > governedKeysMax) this.#forgetOldest();
    return governed;
  }

  #forgetOldest(): void {
    const idle = this.#keys.entries().find(([, { governor }]) => governor.isIdle);
    if (!idle) return;
    clearTimeout(idle[1].timer);
    this.#keys.delete(idle[0]);
  }

  /** @param newcomer who has not been told anything yet */
  #grant(key: string, newcomer?: string): void {
    const governed = this.#keys.get(key);
    if (!governed) return;
    clearTimeout(governed.timer);
    const nowMs = this.#now();
    const { granted, nextAtMs } = governed.governor.grant(nowMs);
    for (const { id } of granted) {
      const listener = this.#wanted.get(id);
      this.#wanted.delete(id);
      listener?.onGranted();
    }
    this.#tellWaits(governed, nextAtMs ?? nowMs + unknownWaitMs, newcomer);
    if (nextAtMs === undefined) return;
    // A timer may be a millisecond early.
    governed.timer = setTimeout(() => this.#grant(key), Math.max(1, Math.ceil(nextAtMs - nowMs))).unref();
  }

  #tellWaits(governed: Governed, untilMs: number, newcomer: string | undefined): void {
    const tell = (id: string) => this.#wanted.get(id)?.onWaits(Math.max(0, Math.ceil(untilMs - this.#now())));
    if (untilMs - governed.toldUntilMs >= tellAgainMs) {
      governed.toldUntilMs = untilMs;
      for (const { id } of governed.governor.waiting) tell(id);
    } else if (newcomer !== undefined) tell(newcomer);
  }
}
