// The exit codes of `lucid`, in one table, and the one that an error ends with.
import { LucidError, type LucidErrorCode } from '../client/index.ts';

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  notAllowed: 4,
  notFound: 5,
  budgetSpent: 6,
  waiting: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const meanings: Record<keyof typeof exitCodes, string> = {
  done: 'done; with `--detach`, the task is accepted',
  failed: 'the turn or session failed or was cut short, a check of `doctor` failed, or anything else went wrong',
  usage: 'the command line or the settings are wrong',
  unreachable: 'the engine could not be reached, or went away and did not come back',
  notAllowed: 'no token, or one that the engine does not accept for this',
  notFound: 'there is no such session, chat or file',
  budgetSpent: 'a budget, such as that of `--budget`, is spent',
  waiting: 'the agent waits for an answer or a decision, and nobody can give it here',
  interrupted: 'Ctrl-C: the turn was interrupted, or this command left the session',
};

export const exitCodesHelp = [
  'Exit codes:',
  ...Object.entries(exitCodes).map(
    ([name, code]) => `  ${String(code).padStart(3)}  ${meanings[name as keyof typeof exitCodes].replaceAll('`', '')}`,
  ),
].join('\n');

/** What the command line or the settings got wrong, in a sentence. */
export class UsageError extends Error {}

/** Ends the command with a sentence and a code of the table. */
export class EndError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

const byCode: Partial<Record<LucidErrorCode, ExitCode>> = {
  networkFailed: exitCodes.unreachable,
  timedOut: exitCodes.unreachable,
  connectionLost: exitCodes.unreachable,
  nothingHeard: exitCodes.unreachable,
  badAnswer: exitCodes.unreachable,
  draining: exitCodes.unreachable,
  notReady: exitCodes.unreachable,
  noToken: exitCodes.notAllowed,
  notAuthenticated: exitCodes.notAllowed,
  notYours: exitCodes.notAllowed,
  notAllowed: exitCodes.notAllowed,
  unknownUser: exitCodes.notAllowed,
  foreignOrigin: exitCodes.notAllowed,
  unknownHost: exitCodes.notAllowed,
  noSuchSession: exitCodes.notFound,
  noSuchChat: exitCodes.notFound,
  noSuchFile: exitCodes.notFound,
  badProvider: exitCodes.usage,
  badRepoUrl: exitCodes.usage,
  badBranch: exitCodes.usage,
  invalid: exitCodes.usage,
  badMessage: exitCodes.usage,
  badPath: exitCodes.usage,
};

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof EndError) return error.exitCode;
  if (error instanceof LucidError) return byCode[error.code] ?? exitCodes.failed;
  return exitCodes.failed;
}
