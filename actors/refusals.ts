// What a host answers where it does not do what it was asked for.
import { elsewhere, failed } from '../schema/error.ts';
import type { CutOffName } from '../schema/session-endings.ts';

/** For a request whose earlier attempt is still being made, or whose session is ending. */
export const beingMadeRefusal = failed('noAnswer', 'The session is being made, or one of the same key is ending.', {
  retryAfterMs: 1_000,
});

export const storageBehindRefusal = failed('overloaded', 'Too much waits to be stored.', { retryAfterMs: 1_000 });
export const mailboxFullRefusal = failed('overloaded', 'Too many commands wait for this session.', {
  retryAfterMs: 1_000,
});

export const unstoredSessionRefusal = failed('refusedByStorage', 'The session could not be stored.');

const chatDeletedRefusal = failed('noSuchSession', 'The session’s chat has been deleted.');

const unstorableEventRefusal = failed(
  'internal',
  'An event of the session could not be stored; attach again to go on.',
);

const movedRefusal = failed('noAnswer', 'The session moved to another owner; send the command again.', {
  retryAfterMs: 1_000,
});

/**
 * What is said where a session is cut off: `uncommitted` to those whose command it had taken, which is not stored;
 * `waiting` to those whose command it hadn't, and to its clients.
 */
export const cutOffRefusals = {
  fenced: { uncommitted: movedRefusal, waiting: elsewhere },
  deleted: { uncommitted: chatDeletedRefusal, waiting: chatDeletedRefusal },
  unstorable: { uncommitted: unstorableEventRefusal, waiting: unstorableEventRefusal },
  neverStored: { uncommitted: movedRefusal, waiting: elsewhere },
} as const satisfies Record<CutOffName, unknown>;
