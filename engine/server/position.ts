// A position in a session's events: the epoch and the number of the last event seen.
import * as v from 'valibot';

export const Position = v.object({
  epoch: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  lastSequence: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export type Position = v.InferOutput<typeof Position>;

/** `epochThere` is the epoch of the event that is stored at a client's position. */
export type StoredPosition = { epochThere: number | null; lastSequence: number };

/**
 * A client can resume where the event that it saw last is the one that is stored at its position. Epoch and sequence name
 * an event uniquely, so a client that saw events which a restored database lacks is told `recovered: false`, and gets no
 * silent gap.
 */
export function canResume(client: Position, stored: StoredPosition): boolean {
  if (client.lastSequence === 0) return true;
  if (client.lastSequence > stored.lastSequence) return false;
  return client.epoch === undefined || client.epoch === stored.epochThere;
}
