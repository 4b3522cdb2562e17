// What a host knows of a day's spending: asked of persistence, which answers when all is stored that the host wrote before.
import type { DaySpending } from '../schema/spending.ts';

type Wanted = { day: string; userId: string };

export class SpendingLedger {
  readonly #ask: (wanted: Wanted) => void;
  readonly #waiting = new Map<string, ((spending: DaySpending) => void)[]>();

  constructor(ask: (wanted: Wanted) => void) {
    this.#ask = ask;
  }

  /** Each question gets an answer of its own, in the order in which they are asked. */
  read(wanted: Wanted): Promise<DaySpending> {
    const key = keyOf(wanted);
    return new Promise((resolve) => {
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
      setImmediate(() => this.#ask(wanted)); // Behind the writes of this turn of the event loop.
    });
  }

  receive(wanted: Wanted, spending: DaySpending): void {
    const key = keyOf(wanted);
    const [first, ...rest] = this.#waiting.get(key) ?? [];
    if (rest.length > 0) this.#waiting.set(key, rest);
    else this.#waiting.delete(key);
    first?.(spending);
  }
}

const keyOf = ({ day, userId }: Wanted): string => `${day} ${userId}`;
