// What a session has spent, by its events: turns that have ended, and the one that goes on.
import type { SessionEvent } from '../../client/index.ts';
import { addSpent, noneSpent, type Spent } from '../show/usage-text.ts';

export class Tally {
  #ended = noneSpent;
  #current = noneSpent;

  get total(): Spent {
    return addSpent(this.#ended, this.#current);
  }

  take(event: SessionEvent): void {
    if (event.type === 'agent_event' && event.usage && event.parentToolCallId === undefined)
      this.#current = event.usage;
    if (event.type !== 'status' || event.status !== 'completed') return;
    this.#ended = addSpent(this.#ended, event.usage ?? this.#current);
    this.#current = noneSpent;
  }

  /** All events come again. */
  reset(): void {
    this.#ended = noneSpent;
    this.#current = noneSpent;
  }
}
