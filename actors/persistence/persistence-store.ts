// Where batches are stored: in PostgreSQL, or nowhere when the ring alone is measured.
import type { CommonQueryMethods, DatabasePool } from 'slonik';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { OwnedSession } from '../../schema/ownership.ts';
import type { DaySpending } from '../../schema/spending.ts';
import type { Activation } from '../../schema/thread.ts';
import { allStored, type BatchResult, type QueuedWrite } from './batch.ts';
import { giveUpWork, runOnConnection } from './database-pool.ts';
import { activateSession } from './queries/activate-session.ts';
import { selectSpending } from './queries/count-spending.ts';
import { enterDeadRun } from './queries/enter-dead-run.ts';
import { giveSessions } from './queries/give-sessions.ts';
import type { Attempt } from './queries/insert-writes.ts';
import { keepFile, loadFile } from './queries/session-files.ts';
import { storeBatch } from './store-batch.ts';

export const sessionHoldsTooMuch = failed(
  'fileTooLarge',
  `A session keeps at most ${limits.sessionFilesBytesMax} bytes of images and attached files.`,
);

export type PersistenceStore = {
  /** @throws when PostgreSQL is away: the caller tries the same batch again */
  storeWrites(
    batch: readonly QueuedWrite[],
    touches: ReadonlyMap<string, number>,
    attempt: Attempt,
  ): Promise<BatchResult>;
  activate(sessionId: string): Promise<Outcome<Activation>>;
  /** Makes sessions nobody's. @returns those that were this engine's by that epoch @throws when PostgreSQL is away */
  give(sessions: readonly OwnedSession[]): Promise<readonly string[]>;
  /** Keeps bytes for a session. @returns `fileTooLarge` where it holds too much @throws when PostgreSQL is away */
  keepFile(sessionId: string, digest: string, bytes: Uint8Array): Promise<Outcome<null>>;
  /** @returns null where there are none @throws when PostgreSQL is away */
  loadFile(sessionId: string, digest: string): Promise<Outcome<Uint8Array | null>>;
  /** What a day has cost by now. @throws when PostgreSQL is away */
  readSpending(day: string, userId: string): Promise<DaySpending>;
  /** Fails every statement that still waits for an answer, as if PostgreSQL were away. */
  giveUpWaiting(): void;
  /** Sessions opened and claimed from now on belong to this run. @returns the one before, which others have declared dead */
  changeRun(runId: string): string;
  /** Has others take over what was opened and claimed under a dead run's id. @throws when PostgreSQL is away */
  leaveRun(runId: string): Promise<void>;
};

/** @param firstRunId the run of the engine that owns what is opened and claimed here */
export function createDatabaseStore(pool: DatabasePool, firstRunId: string): PersistenceStore {
  let runId = firstRunId;
  const run = <T>(work: (connection: CommonQueryMethods) => Promise<T>) =>
    runOnConnection(pool, limits.databaseSilenceTimeoutMs, work);
  return {
    storeWrites: (batch, touches, attempt) => storeBatch(pool, batch, touches, { runId, attempt }),
    activate: (sessionId) => activateSession(pool, sessionId, runId),
    give: (sessions) => run((connection) => connection.anyFirst(giveSessions(sessions, runId))),
    keepFile: async (sessionId, digest, bytes) => {
      const { isKept } = await run((connection) => connection.one(keepFile(sessionId, digest, bytes)));
      return isKept ? succeeded(null) : sessionHoldsTooMuch;
    },
    loadFile: async (sessionId, digest) => {
      const row = await run((connection) => connection.maybeOne(loadFile(sessionId, digest)));
      return succeeded(row ? new Uint8Array(row.bytes) : null);
    },
    readSpending: (day, userId) => run((connection) => connection.one(selectSpending(day, userId))),
    giveUpWaiting: () => giveUpWork(pool),
    changeRun: (next) => {
      const before = runId;
      runId = next;
      return before;
    },
    leaveRun: async (deadRunId) => void (await run((connection) => connection.query(enterDeadRun(deadRunId)))),
  };
}

export const droppingStore: PersistenceStore = {
  storeWrites: async () => allStored,
  activate: async () => failed('noSuchSession', 'Nothing is stored.'),
  give: async (sessions) => sessions.map(({ sessionId }) => sessionId),
  keepFile: async () => succeeded(null),
  loadFile: async () => succeeded(null),
  readSpending: async () => ({ userUsd: 0, engineUsd: 0 }),
  giveUpWaiting: () => undefined,
  changeRun: (runId) => runId,
  leaveRun: async () => undefined,
};
