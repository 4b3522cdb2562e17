// The failures with which sessions refuse a request.
import { failed } from '../../schema/error.ts';

export const databaseAway = failed('storageUnavailable', 'The database does not answer; try again.', {
  retryAfterMs: 2_000,
});
export const hostIsFull = failed('overloaded', 'The engine has more to do than it can take.', { retryAfterMs: 1_000 });
export const clusterIsFull = failed('overloaded', 'All engines are full, or take no new sessions.', {
  retryAfterMs: 2_000,
});
export const tooManySessions = failed('tooManySessions', 'Too many sessions are live; stop one first.', {
  retryAfterMs: 5_000,
});
/** The host gave a reply of another kind, which is a fault of the engine. */
export const otherReply = failed('internal', 'The host gave another answer.');
export const idReusedForRequest = failed(
  'idReused',
  'This Idempotency-Key was used for another request; take a new one for each.',
);
