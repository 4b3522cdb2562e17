// What a host knows of a day's spending: asked of persistence, which answers when all is stored that the host wrote before.
import type { DaySpending, SpendingQuestion } from '../schema/spending.ts';

export class SpendingLedger {
  readonly #ask: (wanted: SpendingQuestion) => void;
  readonly #end: (sessionId: string) => void;
  readonly #waiting = new Map<string, ((spending: DaySpending) => void)[]>();

  constructor(ask: (wanted: SpendingQuestion) => void, end: (sessionId: string) => void) {
    this.#ask = ask;
    this.#end = end;
  }

  /** Each question gets an answer of its own, in the order in which they are asked. */
  read(wanted: SpendingQuestion): Promise<DaySpending> {
    const key = keyOf(wanted);
    return new Promise((resolve) => {
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
      setImmediate(() => this.#ask(wanted)); // Behind the writes of this turn of the event loop.
    });
  }

  /** The session's turn has ended: it spends nothing of what it reserved. */
  endTurn(sessionId: string): void {
    setImmediate(() => this.#end(sessionId));
  }

  receive(wanted: SpendingQuestion, spending: DaySpending): void {
    const key = keyOf(wanted);
    const [first, ...rest] = this.#waiting.get(key) ?? [];
    if (rest.length > 0) this.#waiting.set(key, rest);
    else this.#waiting.delete(key);
    first?.(spending);
  }
}

const keyOf = ({ day, userId, sessionId }: SpendingQuestion): string => `${day} ${sessionId} ${userId}`;
