// Finds which results of calls came after a wait, from the times of a session's events alone.
import type { StoredEvent } from '../../schema/event.ts';

/** A call that took this long has waited for something: reading a file takes a tenth of it. */
const waitingCallMsMin = 1_000;
/** A call that comes this long after the last result checks again; a model's step takes 2 to 10 s. */
const lookAgainMsMin = 15_000;

/** Takes a session's calls and observations in order. */
export class WaitTracker {
  readonly #askedAtMs = new Map<string, number>();
  /** When the last result before a call came, by the call's id. */
  readonly #seenAtMs = new Map<string, number>();
  #lastSeenAtMs = Number.POSITIVE_INFINITY;

  noteCall({ metadata, createdAtMs }: StoredEvent): void {
    if (!metadata?.toolCall) return;
    this.#askedAtMs.set(metadata.toolCall.id, createdAtMs);
    this.#seenAtMs.set(metadata.toolCall.id, this.#lastSeenAtMs);
  }

  /** @returns whether its call took a while, or came a while after the result before it */
  noteObservation({ metadata, createdAtMs }: StoredEvent): boolean {
    const id = metadata?.toolCallId ?? '';
    const askedAtMs = this.#askedAtMs.get(id) ?? createdAtMs;
    const pausedMs = askedAtMs - (this.#seenAtMs.get(id) ?? createdAtMs);
    this.#lastSeenAtMs = createdAtMs;
    return createdAtMs - askedAtMs >= waitingCallMsMin || pausedMs >= lookAgainMsMin;
  }
}
