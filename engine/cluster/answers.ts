// What other engines ask of the sessions here: each ask is done once, however often it comes, and old ones not at all.
import type { MessageOf } from '../../schema/bus.ts';
import type { Asked } from '../../schema/bus-asks.ts';
import { failed, type Outcome } from '../../schema/error.ts';
import type { Reply } from '../../schema/thread.ts';
import { hostRequestsMax } from '../ring/host-link.ts';
import { hostIsFull } from '../sessions/refusals.ts';
import { isHandedBack } from './asks.ts';

/** How long an answer is kept for an asker that asks again: longer than anybody asks. */
const answersKeptMs = 60_000;
/** Answers that are kept: those to 1,000 commands a second. Without its answer a command is known again by its id. */
const answersMax = 60_000;

export type AnswersDependencies = {
  answer(asked: Asked, timeoutMs: number): Promise<Outcome<Reply>>;
  reply(to: string, ask: Pick<MessageOf<'ask'>, 'k' | 'asked'>, outcome: Outcome<Reply>): void;
  onBug(error: unknown): void;
  /** Milliseconds of a clock that only goes on. */
  now(): number;
};

const mistake = failed('internal', 'The engine that was asked made a mistake. It has been logged.');

/** Without an outcome it is being done. */
type Known = { outcome?: Outcome<Reply>; sinceMs: number };

export class Answers {
  readonly #dependencies: AnswersDependencies;
  readonly #known = new Map<string, Known>();
  #underWay = 0;

  constructor(dependencies: AnswersDependencies) {
    this.#dependencies = dependencies;
  }

  /** @param ageMs an ask whose asker has given up is left out: this engine stood still meanwhile, and another may have done it */
  async receiveAsk(from: string, ask: MessageOf<'ask'>, ageMs: number): Promise<void> {
    const { k, ttlMs, asked } = ask;
    const { answer, reply, onBug, now } = this.#dependencies;
    if (ageMs >= ttlMs) return;
    const key = `${from} ${k}`;
    const known = this.#known.get(key);
    if (known?.outcome) return reply(from, ask, known.outcome);
    if (known) return;
    if (this.#underWay >= hostRequestsMax) return reply(from, ask, hostIsFull);
    this.#known.set(key, { sinceMs: now() });
    this.#underWay++;
    const outcome = await answer(asked, ttlMs - ageMs).catch((bug): Outcome<Reply> => {
      onBug(bug); // As what another release says may bring; nobody else waits for this, so that it would end the engine.
      return mistake;
    });
    this.#underWay--;
    this.#known.delete(key);
    reply(from, ask, outcome);
    if (isHandedBack(outcome)) return; // It may be asked here again once the session is back.
    // Reads can be done twice, and their answers are large.
    if (
      asked.kind === 'command' ||
      asked.kind === 'create' ||
      (asked.kind === 'workspace' && asked.request.ask === 'writeFile')
    )
      this.#keep(key, outcome);
  }

  #keep(key: string, outcome: Outcome<Reply>): void {
    this.#known.set(key, { outcome, sinceMs: this.#dependencies.now() });
    if (this.#known.size > answersMax) this.#known.delete(this.#findOldest() ?? key);
  }

  #findOldest(): string | undefined {
    return this.#known.entries().find(([, { outcome }]) => outcome)?.[0];
  }

  /** To be called every few seconds. */
  forgetOld(): void {
    const beforeMs = this.#dependencies.now() - answersKeptMs;
    for (const [key, { outcome, sinceMs }] of this.#known) if (outcome && sinceMs < beforeMs) this.#known.delete(key);
  }
}
