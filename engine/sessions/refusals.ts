// What sessions answer where they do not do what they were asked for.
import { failed } from '../../schema/error.ts';

export const databaseAway = failed('storageUnavailable', 'The database does not answer; try again.', {
  retryAfterMs: 2_000,
});
export const hostIsFull = failed('overloaded', 'The engine has more to do than it can take.', { retryAfterMs: 1_000 });
export const tooManySessions = failed('tooManySessions', 'Too many sessions are live; stop one first.', {
  retryAfterMs: 5_000,
});
/** A reply of another kind than asked for would be a mistake of ours. */
export const otherReply = failed('internal', 'The host gave another answer.');
