// A position in a session's events: the epoch and the number of the last event seen.
import * as v from 'valibot';

export const Position = v.object({
  epoch: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  lastSequence: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export type Position = v.InferOutput<typeof Position>;

/** What is stored at a client's position: its event's epoch there, and the session's last sequence. */
export type StoredPosition = { epochThere: number | null; lastSequence: number };

/**
 * Whether a client's position can be trusted: the event it saw last must be the one that is stored there.
 * An event's epoch and sequence name it uniquely, so a client that saw events which a restored database lacks is told
 * `recovered: false` instead of getting a silent gap.
 */
export function canResume(client: Position, stored: StoredPosition): boolean {
  if (client.lastSequence === 0) return true;
  if (client.lastSequence > stored.lastSequence) return false;
  return client.epoch === undefined || client.epoch === stored.epochThere;
}
