// Finds the session that a client was cut off from, by the task that the client says again.
import { elsewhere, type Outcome, succeeded } from '../../schema/error.ts';
import type { History } from '../database/history.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { Principal } from './access.ts';
import { type Directory, isRemote } from './directory.ts';
import { type FindDependencies, findPresentSession } from './find-session.ts';
import { findSilentlyLeft, type LeftSessions, type TaskIdentity } from './left-sessions.ts';

export type FindLeftDependencies = FindDependencies & {
  directory: Pick<Directory, 'get' | 'listByUser'>;
  history: Pick<History, 'findSession' | 'isLeftBehind'>;
  leftSessions: Pick<LeftSessions, 'findByTask'>;
  run: Pick<EngineRun, 'id' | 'waitForTakeOver' | 'mayAnotherBeSilent'>;
  /**
   * Finds one among those of all engines of a cluster; `elsewhere` while one of them doesn't answer.
   * @param known what is remembered here, of a session that another engine may have
   */
  findLeftElsewhere?(
    userId: string,
    task: TaskIdentity,
    known: string | undefined,
  ): Promise<Outcome<string | undefined>>;
};

/** A session that lost its last client, and the key of its task. */
export type ReturnTarget = { sessionId: string; key: string };

/**
 * Finds the caller's session with the same task that has lost its clients; clients that look connected are asked first,
 * since a connection may be cut unnoticed.
 * @returns undefined where there is none; `elsewhere` while its engine may be dying, to be taken over in a few seconds
 */
export async function findLeftSession(
  dependencies: FindLeftDependencies,
  principal: Principal,
  { key, task }: { key: string; task: TaskIdentity },
): Promise<Outcome<ReturnTarget | undefined>> {
  const { directory, history, leftSessions, run, findLeftElsewhere } = dependencies;
  let sessionId = leftSessions.findByTask(key) ?? (await findSilentlyLeft(directory.listByUser(principal.userId), key));
  if (sessionId === undefined) {
    if (run.mayAnotherBeSilent && (await history.isLeftBehind(principal.userId, task))) return elsewhere;
    await run.waitForTakeOver(); // This engine may have taken the session over just before the query.
    sessionId = leftSessions.findByTask(key);
  }
  if (findLeftElsewhere && !isHere(directory, sessionId)) {
    const left = await findLeftElsewhere(principal.userId, task, sessionId);
    if (!left.ok) return left;
    sessionId = left.value;
  }
  if (sessionId === undefined) return succeeded(undefined);
  const found = await findPresentSession(dependencies, principal, sessionId);
  return succeeded(found.ok ? { sessionId, key } : undefined);
}

/** Whether this engine has the session in memory, and so knows of all its clients. */
function isHere(directory: Pick<Directory, 'get'>, sessionId: string | undefined): boolean {
  const entry = sessionId === undefined ? undefined : directory.get(sessionId);
  return entry !== undefined && !isRemote(entry);
}
