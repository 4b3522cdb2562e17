// The errors that routes share because the same parts of the engine answer them.
import type { ErrorCode } from '../../error.ts';

/** Errors of a route that reads or writes rows. */
export const databaseErrors = ['storageUnavailable'] as const satisfies ErrorCode[];

/** Errors of a route that looks up a session of the caller. */
export const lookupErrors = ['noSuchSession', 'notYours', ...databaseErrors] as const satisfies ErrorCode[];

/** Errors of a route that asks a session's host, which may have to activate the session first. */
export const hostErrors = [
  'tooManySessions',
  'overloaded',
  'draining',
  'noAnswer',
  'elsewhere',
  'noFittingEngine',
  'sessionEnded',
  'sessionCrashes',
  'refusedByStorage',
  ...databaseErrors,
] as const satisfies ErrorCode[];

/** Errors of a route that also who watches may ask for a workspace, where the share has it. */
export const viewedErrors = ['notAllowed', 'sessionRests'] as const satisfies ErrorCode[];

/** Errors of a route that opens a workspace: its sandbox is started, and its repository cloned. */
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
