// The errors that routes share because the same parts of the engine answer them.
import type { ErrorCode } from '../../error.ts';

/** Rows are read or written. */
export const databaseErrors = ['storageUnavailable'] as const satisfies ErrorCode[];

/** A session is looked up, and has to be the caller's. */
export const lookupErrors = ['noSuchSession', 'notYours', ...databaseErrors] as const satisfies ErrorCode[];

/** The host of a session is asked for something, and may have to bring the session back into memory first. */
export const hostErrors = [
  'tooManySessions',
  'overloaded',
  'draining',
  'noAnswer',
  'elsewhere',
  'sessionEnded',
  'sessionCrashes',
  'refusedByStorage',
  ...databaseErrors,
] as const satisfies ErrorCode[];

/** A workspace is opened: a sandbox is started, and a repository is cloned into it. */
export const workspaceErrors = [
  'badRepoUrl',
  'badBranch',
  'repositoryDenied',
  'repositoryNotFound',
  'noSuchBranch',
  'notARepository',
  'repositoryTooLarge',
  'repositoryTooSlow',
  'repositoryUnreachable',
  'repositoryFailed',
  'sandboxUnavailable',
  'sandboxFailed',
  'sessionMoved',
] as const satisfies ErrorCode[];
