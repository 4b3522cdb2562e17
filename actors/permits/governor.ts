// Decides when the requests with one key may be sent: within what the provider said is left, and after a refusal one by one. Pure.
import {
  type LimitKind,
  type LimitReadings,
  limitKinds,
  type PermitAsk,
  type RequestNews,
} from '../../schema/permits.ts';
import { Bucket } from './bucket.ts';
import { FairQueue } from './fair-queue.ts';

/** A provider that names a longer time is asked all the same, so that people hear of it. */
const ratePauseMsMax = 120_000;
/** The first pause after a refusal without a time; it doubles with each refusal. */
const firstPauseMs = 2_000;
/** As many requests at once after a refusal as the provider has taken since, doubled each time; from here on any number. */
const slotsMax = 64;
/** How long what was sent counts where no reading does: limits are of a minute. */
const sentMs = 60_000;
/** The tokens that an answer is expected to have at least. */
const outputTokensMin = 500;

export type Grants = {
  granted: PermitAsk[];
  /** When the next one may be sent; undefined where nothing waits, or where it depends on a request that is under way. */
  nextAtMs: number | undefined;
};

type Sent = { ask: PermitAsk; at: number; atMs: number };
/** A limit by the newest reading: that of the request that was sent last of those that came with one. */
type Known = { bucket: Bucket; at: number };

export class Governor {
  readonly #queue = new FairQueue<PermitAsk>();
  readonly #known = new Map<LimitKind, Known>();
  /** What was sent lately, in order, over or not: a reading leaves out what was sent behind its own request. */
  #sent: Sent[] = [];
  readonly #running = new Map<string, Sent>();
  /** Those of which the provider has said nothing yet. */
  readonly #unheard = new Set<string>();
  #count = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #refusedAtMs = Number.NEGATIVE_INFINITY;
  #refusals = 0;
  #slots = Number.POSITIVE_INFINITY;

  get isIdle(): boolean {
    return this.#queue.isEmpty && this.#running.size === 0;
  }

  get waiting(): Iterable<PermitAsk> {
    return this.#queue;
  }

  ask(ask: PermitAsk): void {
    this.#queue.add(ask);
  }

  /** The request is over, or isn't wanted any more. */
  end(id: string): void {
    this.#unheard.delete(id);
    if (!this.#running.delete(id)) this.#queue.remove(id);
  }

  hear(id: string, news: RequestNews, nowMs: number): void {
    const running = this.#running.get(id);
    this.#unheard.delete(id);
    if (!running) return;
    if (news.kind === 'limits') this.#hearLimits(running, news.limits, nowMs);
    else if (news.kind === 'refused') this.#hearRefusal(running, news, nowMs);
    else {
      this.#refusals = 0;
      this.#slots = this.#slots >= slotsMax / 2 ? Number.POSITIVE_INFINITY : this.#slots * 2;
    }
  }

  /** Lets all that may be sent now be sent. Only the first one is looked at, so that nobody is overtaken for ever. */
  grant(nowMs: number): Grants {
    const granted: PermitAsk[] = [];
    this.#forgetSent(nowMs);
    for (let ask = this.#queue.first; ask; ask = this.#queue.first) {
      const atMs = this.#whenMaySend(ask);
      if (atMs === undefined || atMs > nowMs) return { granted, nextAtMs: atMs };
      this.#queue.take();
      const sent = { ask, at: ++this.#count, atMs: nowMs };
      this.#sent.push(sent);
      this.#running.set(ask.id, sent);
      this.#unheard.add(ask.id);
      granted.push(ask);
    }
    return { granted, nextAtMs: undefined };
  }

  #hearLimits({ at }: Sent, limits: LimitReadings, nowMs: number): void {
    for (const kind of limitKinds) {
      const reading = limits[kind];
      if (reading && at > (this.#known.get(kind)?.at ?? 0))
        this.#known.set(kind, { bucket: new Bucket(reading, nowMs), at });
    }
  }

  /** Requests that were sent together are refused together, which is one refusal. */
  #hearRefusal(
    refused: Sent,
    { retryAfterMs, pauseMsMax }: Extract<RequestNews, { kind: 'refused' }>,
    nowMs: number,
  ): void {
    this.#sent = this.#sent.filter((sent) => sent !== refused);
    if ((retryAfterMs ?? 0) > ratePauseMsMax) return;
    if (refused.atMs > this.#refusedAtMs) this.#refusals++;
    this.#refusedAtMs = nowMs;
    this.#slots = 1;
    const pauseMs = retryAfterMs ?? Math.min(pauseMsMax, ratePauseMsMax, firstPauseMs * 2 ** (this.#refusals - 1));
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + pauseMs);
  }

  /** Forgets what every reading counts, and what limits of a minute have made good since. */
  #forgetSent(nowMs: number): void {
    const counted = this.#known.size === 0 ? 0 : Math.min(...this.#known.values().map(({ at }) => at));
    const first = this.#sent.findIndex(({ at, atMs }) => at > counted && nowMs - atMs < sentMs);
    if (first !== 0) this.#sent.splice(0, first < 0 ? this.#sent.length : first);
  }

  /** Undefined while a request that is under way has to be heard of first. */
  #whenMaySend(ask: PermitAsk): number | undefined {
    if (this.#unheard.size >= this.#slots) return undefined;
    let atMs = this.#pausedUntilMs;
    for (const [kind, known] of this.#known) atMs = Math.max(atMs, this.#whenHas(ask, kind, known));
    return atMs;
  }

  /** At the latest it is to be looked at again when the oldest of what was sent behind the reading is forgotten. */
  #whenHas(ask: PermitAsk, kind: LimitKind, { bucket, at }: Known): number {
    const since = this.#sent.filter((sent) => sent.at > at);
    const sum = since.reduce((total, sent) => total + bucket.countNeed(needOf(sent.ask, kind)), 0);
    const need = bucket.countNeed(needOf(ask, kind)) + sum;
    const againAtMs = (since[0]?.atMs ?? Number.NEGATIVE_INFINITY) + sentMs;
    if (need > bucket.countNeed(need)) return againAtMs;
    return since.length > 0 ? Math.min(againAtMs, bucket.whenHas(need)) : bucket.whenHas(need);
  }
}

function needOf({ tokens, freshTokens }: PermitAsk, kind: LimitKind): number {
  if (kind === 'requests') return 1;
  if (kind === 'outputTokens') return outputTokensMin;
  return kind === 'tokens' ? tokens : freshTokens;
}
