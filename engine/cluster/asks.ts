// What this engine asks of the owners of sessions: each ask is kept until it is answered, and asked again of the next owner
// with the same number.
import type { Asked, AskedOfSession } from '../../schema/bus-asks.ts';
import { type ErrorCode, failed, type Outcome } from '../../schema/error.ts';
import type { Reply } from '../../schema/thread.ts';
import { bytesOfFile, hostRequestBytesMax, hostRequestsMax } from '../ring/host-link.ts';
import { hostIsFull } from '../sessions/refusals.ts';
import { AskOrder, type Ordered } from './ask-order.ts';

/** After this silence the owner is looked up again, since it may be dead. */
const askSilenceMs = 2_000;
/** Bytes of a file that take a millisecond more at the least, on a slow network. */
const fileBytesPerMs = 2_000;
/** The pause before a session that is moving is asked for again. */
const askPauseMs = 200;
/** Engines whose bounds, each those of a host, may be used up at once: one that is dead fills its own alone. */
const fullEnginesMax = 4;

/** Who has a session: this engine or nobody, so that it may be had here; another one; or none that can be reached. */
export type AskOwner = { kind: 'here' } | { kind: 'elsewhere'; bootId: string } | { kind: 'unreachable' };

export type AsksDependencies = {
  /** @param isAgain whether what was known of its owner has been of no use */
  findOwner(sessionId: string, isAgain: boolean): Promise<AskOwner | Extract<Outcome<never>, { ok: false }>>;
  /** @returns whether it may arrive */
  send(bootId: string, ask: { k: number; ttlMs: number; asked: Asked }): boolean;
  askHere(asked: AskedOfSession, timeoutMs: number): Promise<Outcome<Reply>>;
  /** Milliseconds of a clock that only goes on. */
  now(): number;
};

type Pending = Ordered & {
  bytes: number;
  /** The engines that were asked; nobody else may answer. */
  asked: Set<string>;
  answer: Outcome<Reply> | undefined;
  dueMs: number;
  wake: (() => void) | undefined;
  /** Whether a refusal is an answer too, since no other engine can be asked for it. */
  takesRefusals?: boolean;
};

const newPending = (asked: Asked): Pending => ({
  sessionId: sessionOf(asked),
  at: undefined,
  isBehind: false,
  bytes: bytesOf(asked),
  asked: new Set(),
  answer: undefined,
  dueMs: 0,
  wake: undefined,
});

const movedCodes: ReadonlySet<ErrorCode> = new Set(['elsewhere', 'sessionMoved', 'noFittingEngine']);

/** Whether the session has another owner. */
export const hasMoved = (outcome: Outcome<unknown>): boolean => !outcome.ok && movedCodes.has(outcome.failure.code);

/** Whether another engine leaves the ask to the session's next owner, since it is no longer the owner, or about to end. */
export const isHandedBack = (outcome: Outcome<unknown>): boolean =>
  hasMoved(outcome) || (!outcome.ok && outcome.failure.code === 'draining');

/** What may pass while an ask is kept: PostgreSQL is away, or the engines with the labels that the session asks for. */
const awaitedCodes: ReadonlySet<ErrorCode> = new Set(['storageUnavailable', 'noFittingEngine']);

/** A stop is for a session that nobody can go on with, too: it waits neither for an engine with its labels nor for other commands. */
const isStop = (asked: AskedOfSession): boolean => asked.kind === 'command' && asked.command.type === 'stop';
const isAwaited = (code: ErrorCode, asked: AskedOfSession): boolean =>
  awaitedCodes.has(code) && !(code === 'noFittingEngine' && isStop(asked));
const isOrdered = (asked: AskedOfSession): boolean => asked.kind === 'command' && !isStop(asked);

const noAnswer = failed('noAnswer', 'The engine that has the session did not answer in time.', { retryAfterMs: 1_000 });

const isTimedOut = (answer: Outcome<Reply>): boolean =>
  answer === noAnswer || (!answer.ok && answer.failure.code === 'noFittingEngine');

export class Asks {
  readonly #dependencies: AsksDependencies;
  readonly #pending = new Map<number, Pending>();
  #pendingBytes = 0;
  /** What waits for each engine's answer. */
  readonly #waiting = new Map<string, Amount>();
  readonly #order = new AskOrder<Pending>();
  /** How many were answered, and how many never. */
  readonly counts = { asksAnswered: 0, asksTimedOut: 0 };
  #k = 0;

  constructor(dependencies: AsksDependencies) {
    this.#dependencies = dependencies;
  }

  get pending(): number {
    return this.#pending.size;
  }

  get isFull(): boolean {
    return isOver({ asks: this.#pending.size, bytes: this.#pendingBytes }, fullEnginesMax);
  }

  /** @returns the one answer, or `noAnswer` when the time is over */
  ask(asked: AskedOfSession, timeoutMs: number): Promise<Outcome<Reply>> {
    return this.#keepPending(newPending(asked), async (k, pending) => {
      if (isOrdered(asked)) this.#order.enter(pending);
      const answer = await this.#pursue(k, pending, { asked, untilMs: this.#dependencies.now() + timeoutMs });
      this.counts[isTimedOut(answer) ? 'asksTimedOut' : 'asksAnswered']++;
      return answer;
    });
  }

  /** Asks one engine, as for a new session. @returns its answer, or `noAnswer`; it may have done it then */
  askAt(bootId: string, asked: Asked, timeoutMs: number): Promise<Outcome<Reply>> {
    const untilMs = this.#dependencies.now() + timeoutMs;
    return this.#keepPending({ ...newPending(asked), takesRefusals: true }, async (k, pending) => {
      while (!pending.answer && this.#dependencies.now() < untilMs)
        await this.#askThere(k, pending, { bootId, asked, untilMs });
      return pending.answer ?? noAnswer;
    });
  }

  receiveReply(from: string, k: number, outcome: Outcome<Reply>): void {
    const pending = this.#pending.get(k);
    if (!pending?.asked.has(from) || pending.answer) return;
    if (pending.takesRefusals || !isHandedBack(outcome)) pending.answer = outcome;
    pending.wake?.();
  }

  /** Has those asked again that wait for a session's owner, or for that of any. */
  lookAgain(sessionId?: string): void {
    for (const pending of this.#pending.values())
      if (sessionId === undefined || pending.sessionId === sessionId) pending.wake?.();
  }

  /** Has that engine asked again what it was asked: neither that nor its answer may have come. */
  lookAgainAt(bootId: string): void {
    for (const pending of this.#pending.values()) if (pending.asked.has(bootId)) pending.wake?.();
  }

  /** To be called several times a second. */
  tick(): void {
    const nowMs = this.#dependencies.now();
    for (const pending of this.#pending.values()) if (pending.dueMs <= nowMs) pending.wake?.();
  }

  /** Whether a command of the session waits here for its owner: the next one is to be asked behind it, wherever the session is. */
  hasCommandOf(sessionId: string): boolean {
    return this.#order.has(sessionId);
  }

  /** Keeps an ask among those that wait, within their bounds, until it is done with. */
  async #keepPending(
    pending: Pending,
    pursue: (k: number, pending: Pending) => Promise<Outcome<Reply>>,
  ): Promise<Outcome<Reply>> {
    if (this.isFull) return hostIsFull;
    const k = ++this.#k;
    this.#pending.set(k, pending);
    this.#pendingBytes += pending.bytes;
    try {
      return await pursue(k, pending);
    } finally {
      this.#pending.delete(k);
      this.#pendingBytes -= pending.bytes;
      const behind = this.#order.findBehind(pending);
      this.#order.leave(pending);
      behind?.wake?.();
    }
  }

  async #pursue(
    k: number,
    pending: Pending,
    { asked, untilMs }: { asked: AskedOfSession; untilMs: number },
  ): Promise<Outcome<Reply>> {
    const { findOwner, askHere, now } = this.#dependencies;
    const executors = new Set<string>();
    let unanswered: Outcome<Reply> = noAnswer;
    for (let isAgain = false; now() < untilMs; isAgain = !pending.isBehind) {
      const owner = await findOwner(asked.sessionId, isAgain);
      pending.isBehind = false;
      if ('ok' in owner) {
        if (!isAwaited(owner.failure.code, asked)) return owner;
        unanswered = owner.failure.code === 'noFittingEngine' ? owner : noAnswer;
      } else if (owner.kind === 'here' && this.#takesTurn(pending, asked, '')) {
        executors.add('');
        this.#noteAsked(pending, '');
        const answer = await askHere(asked, Math.max(0, untilMs - now()));
        if (!hasMoved(answer)) pending.answer ??= answer;
      } else if (owner.kind === 'elsewhere' && this.#takesTurn(pending, asked, owner.bootId)) {
        executors.add(owner.bootId);
        await this.#askThere(k, pending, { bootId: owner.bootId, asked, untilMs });
      }
      const { answer } = pending;
      if (answer) return executors.size > 1 ? withoutAcknowledgement(answer) : answer;
      if (now() + askPauseMs < untilMs) await this.#wait(pending, askPauseMs);
      else break;
    }
    return unanswered;
  }

  async #askThere(
    k: number,
    pending: Pending,
    { bootId, asked, untilMs }: { bootId: string; asked: Asked; untilMs: number },
  ): Promise<void> {
    const leftMs = untilMs - this.#dependencies.now();
    if (pending.answer || leftMs < 0) return; // To find the owner may take as long as the ask is good for.
    if (isOver(this.#waiting.get(bootId) ?? nothing, 1)) {
      if (pending.asked.size === 0) pending.answer = hostIsFull; // Nobody has it yet.
      return pending.takesRefusals ? this.#wait(pending, askPauseMs) : undefined;
    }
    pending.asked.add(bootId);
    const ask = { k, ttlMs: Math.round(leftMs), asked };
    const isSent = this.#dependencies.send(bootId, ask);
    if (!isSent && pending.takesRefusals) await this.#wait(pending, askPauseMs);
    if (!isSent) return;
    this.#noteAsked(pending, bootId);
    this.#countWaiting(bootId, 1, pending.bytes);
    await this.#wait(pending, Math.min(leftMs, silenceMsOf(asked)));
    this.#countWaiting(bootId, -1, -pending.bytes);
  }

  /** @returns whether all commands said before it have been asked there; those that have not look for their owner again */
  #takesTurn(pending: Pending, asked: AskedOfSession, place: string): boolean {
    const before = isOrdered(asked) ? this.#order.findBefore(pending, place) : [];
    pending.isBehind = before.length > 0;
    for (const { wake } of before) wake?.();
    return !pending.isBehind;
  }

  #noteAsked(pending: Pending, place: string): void {
    pending.at = place;
    this.#order.findBehind(pending)?.wake?.();
  }

  #countWaiting(bootId: string, asks: number, bytes: number): void {
    const before = this.#waiting.get(bootId) ?? nothing;
    const after = { asks: before.asks + asks, bytes: before.bytes + bytes };
    if (after.asks === 0) this.#waiting.delete(bootId);
    else this.#waiting.set(bootId, after);
  }

  /** Resolves at an answer, when the time is over, or when the session is moving. */
  #wait(pending: Pending, ms: number): Promise<void> {
    if (pending.answer) return Promise.resolve();
    pending.dueMs = this.#dependencies.now() + ms;
    return new Promise((resolve) => {
      pending.wake = () => {
        pending.wake = undefined;
        resolve();
      };
    });
  }
}

type Amount = { asks: number; bytes: number };
const nothing: Amount = { asks: 0, bytes: 0 };

/** Whether that much is as much as so many engines may have before them. */
const isOver = ({ asks, bytes }: Amount, engines: number): boolean =>
  asks >= engines * hostRequestsMax || bytes >= engines * hostRequestBytesMax;

const sessionOf = (asked: Asked): string => ('sessionId' in asked ? asked.sessionId : '');

/** A file that is still on its way isn't sent again. */
const silenceMsOf = (asked: Asked): number =>
  asked.kind === 'workspace' && asked.request.ask === 'writeFile'
    ? askSilenceMs + asked.request.content.length / fileBytesPerMs
    : askSilenceMs;

const bytesOf = (asked: Asked): number => {
  if (asked.kind === 'create') return 2 * asked.session.settings.task.length;
  if (asked.kind === 'command' && asked.command.type === 'message') return 2 * asked.command.content.length;
  return asked.kind === 'workspace' ? bytesOfFile(asked.request) : 0;
};

/** Whoever asked has the frame by following the session; the second owner repeats it, since to it the command came twice. */
function withoutAcknowledgement(answer: Outcome<Reply>): Outcome<Reply> {
  if (!answer.ok || answer.value.kind !== 'done') return answer;
  return { ok: true, value: { kind: 'done', sequence: answer.value.sequence } };
}
