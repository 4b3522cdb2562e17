// Activates sessions whose turn was cut, so that they go on without their clients, where their secrets are known.
import { setTimeout as delay } from 'node:timers/promises';
import { needsSecrets, noSecrets } from '../../schema/session.ts';
import type { CutSession } from '../database/queries/take-over-runs.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Directory, Entry } from './directory.ts';

/** How many sessions are activated at once after a crash, and the pause before the next, in which clients are served. */
const resumedAtOnceMax = 32;
const resumePauseMs = 100;

export type ResumeDependencies = {
  directory: Pick<Directory, 'get' | 'add' | 'hasRoom'>;
  secrets: Pick<Secrets, 'loadSecrets'>;
  activate(entry: Entry): void;
  isDraining(): boolean;
};

/**
 * Activates the sessions in their order, a few at a time, so that clients who connect meanwhile are served. A session
 * whose key or token is gone waits until its client attaches, as does one for which the engine has no room. Its user had it
 * before, so that it counts for no limit: the engine that gave it away may not have told yet that it has it no more.
 * @returns how many go on: those that were activated, and those that a client here has already, or fetches
 */
export async function resumeSessions(
  sessions: readonly CutSession[],
  dependencies: ResumeDependencies,
): Promise<number> {
  let resumed = 0;
  for (const [at, session] of sessions.entries()) {
    if (at > 0 && at % resumedAtOnceMax === 0) await delay(resumePauseMs, undefined, { ref: false });
    if (dependencies.isDraining()) break;
    if (await resumeSession(session, dependencies)) resumed++;
  }
  return resumed;
}

/** @returns whether the session goes on */
async function resumeSession(
  { settings, createdAtMs, ...identity }: CutSession,
  dependencies: ResumeDependencies,
): Promise<boolean> {
  const { directory, secrets, activate } = dependencies;
  const isHere = () => directory.get(identity.sessionId) !== undefined; // Its client may have come back first.
  if (isHere()) return true;
  if (!directory.hasRoom) return false;
  const known = needsSecrets(settings)
    ? await secrets.loadSecrets(identity.sessionId, undefined).catch(() => noSecrets)
    : undefined;
  const lacksKey = settings.hasOwnKey === true && !known?.apiKey;
  const lacksToken = settings.hasGitToken === true && !known?.gitToken;
  if (isHere()) return true;
  if (lacksKey || lacksToken) return false;
  activate(directory.add(identity, { task: settings.task, createdAtMs, secrets: known }));
  return true;
}
