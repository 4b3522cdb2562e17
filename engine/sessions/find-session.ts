// Finds a session for its caller, in the directory or in its rows, without changing it.
import { elsewhere, failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { OwnedElsewhere } from '../../schema/ownership.ts';
import { hasEnded, type SessionIdentity } from '../../schema/session.ts';
import type { History } from '../database/history.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import { mayUse, notYours, type Principal } from './access.ts';
import { type Directory, type Entry, makeRemoteEntry } from './directory.ts';

export type FindDependencies = {
  directory: Pick<Directory, 'get'>;
  history: Pick<History, 'findSession'>;
  /** This engine's run, which owns the sessions that are claimed here. */
  run: Pick<EngineRun, 'id'>;
  /** Whether sessions of other engines are reached over a bus. */
  isClustered?: boolean;
};

/** A passivated session, with what the directory needs of it. */
type Passivated = SessionIdentity & Pick<Entry, 'task' | 'createdAtMs'>;
/** A session that goes on: live in the directory or at another engine of the cluster, or only in its rows. */
export type Present = { kind: 'live'; entry: Entry } | { kind: 'passivated'; session: Passivated };

/** A session that was found; one that has ended, or that another engine has, can only be read. */
export type Found =
  | Present
  | ({ kind: 'ended' } & SessionIdentity)
  | ({ kind: 'elsewhere'; owner: OwnedElsewhere } & SessionIdentity);

/** Finds a session that the caller may use. */
export async function findSession(
  { directory, history, run, isClustered }: FindDependencies,
  principal: Principal,
  sessionId: string,
): Promise<Outcome<Found>> {
  const known = directory.get(sessionId);
  if (known) return mayUse(principal, known) ? succeeded({ kind: 'live', entry: known }) : notYours;
  const stored = await history.findSession(sessionId);
  if (!stored) return noSuchSession;
  if (!mayUse(principal, stored)) return notYours;
  const { chatId, userId, task, createdAtMs, livingRunId: runId, bootId, node } = stored;
  if (hasEnded(stored.state)) return succeeded({ kind: 'ended', sessionId, chatId, userId });
  if (runId !== null && runId !== run.id) {
    const identity = { sessionId, chatId, userId };
    if (isClustered) return succeeded({ kind: 'live', entry: makeRemoteEntry(identity, { task, createdAtMs }) });
    const owner: OwnedElsewhere = { kind: 'ownedElsewhere', runId, bootId, node };
    return succeeded({ kind: 'elsewhere', ...identity, owner });
  }
  return succeeded({ kind: 'passivated', session: { sessionId, chatId, userId, task, createdAtMs } });
}

/** Finds a session that takes commands; one that can only be read is refused. */
export async function findPresentSession(
  dependencies: FindDependencies,
  principal: Principal,
  sessionId: string,
): Promise<Outcome<Present>> {
  const found = await findSession(dependencies, principal, sessionId);
  if (!found.ok) return found;
  if (found.value.kind === 'elsewhere') return elsewhere;
  return found.value.kind === 'ended' ? noSuchSession : succeeded(found.value);
}

/** The session, whose it is, and the chat in which its events are stored. */
export const idsOf = (found: Found): SessionIdentity =>
  found.kind === 'ended' || found.kind === 'elsewhere' ? found : identityOf(found);

export const identityOf = (present: Present): Passivated => (present.kind === 'live' ? present.entry : present.session);

const noSuchSession = failed('noSuchSession', 'There is no live session with that id.');
