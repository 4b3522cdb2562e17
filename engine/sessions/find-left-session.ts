// Finds the session that a client was cut off from, by the task that the client says again.
import { elsewhere, type Outcome, succeeded } from '../../schema/error.ts';
import type { History } from '../database/history.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { Principal } from './access.ts';
import type { Directory } from './directory.ts';
import { type FindDependencies, findPresentSession } from './find-session.ts';
import { findSilentlyLeft, type LeftSessions, type TaskIdentity } from './left-sessions.ts';

export type FindLeftDependencies = FindDependencies & {
  directory: Pick<Directory, 'get' | 'listByUser'>;
  history: Pick<History, 'findSession' | 'isLeftBehind'>;
  leftSessions: Pick<LeftSessions, 'findByTask'>;
  run: Pick<EngineRun, 'id' | 'waitForTakeOver' | 'mayAnotherBeSilent'>;
};

/** A session that lost its last client, and what it was asked for. */
export type ReturnTarget = { sessionId: string; key: string };

/**
 * Clients whose connection was cut without a word look as if they were there: they are asked.
 * @param key of the task @returns undefined where no session of the caller was left that was asked for the same;
 * `elsewhere` while the engine that has one may be dying: then it is taken over in a few seconds
 */
export async function findLeftSession(
  dependencies: FindLeftDependencies,
  principal: Principal,
  { key, task }: { key: string; task: TaskIdentity },
): Promise<Outcome<ReturnTarget | undefined>> {
  const { directory, history, leftSessions, run } = dependencies;
  let sessionId = leftSessions.findByTask(key) ?? (await findSilentlyLeft(directory.listByUser(principal.userId), key));
  if (sessionId === undefined) {
    if (run.mayAnotherBeSilent && (await history.isLeftBehind(principal.userId, task))) return elsewhere;
    await run.waitForTakeOver(); // It may have been taken over before that was asked.
    sessionId = leftSessions.findByTask(key);
  }
  if (sessionId === undefined) return succeeded(undefined);
  const found = await findPresentSession(dependencies, principal, sessionId);
  return succeeded(found.ok ? { sessionId, key } : undefined);
}
