// What a host answers where it does not do what it was asked for.
import { failed } from '../schema/error.ts';

/** An earlier attempt of the same request, whose caller gave up waiting. */
export const beingMadeRefusal = failed('noAnswer', 'The session is being made, or one of the same key is ending.', {
  retryAfterMs: 1_000,
});

export const storageBehindRefusal = failed('overloaded', 'Too much waits to be stored.', { retryAfterMs: 1_000 });
export const mailboxFullRefusal = failed('overloaded', 'Too many commands wait for this session.', {
  retryAfterMs: 1_000,
});

export const unstoredSessionRefusal = failed('refusedByStorage', 'The session could not be stored.');

export const chatDeletedRefusal = failed('noSuchSession', 'The session’s chat has been deleted.');

export const unstorableEventRefusal = failed(
  'internal',
  'An event of the session could not be stored; attach again to go on.',
);
