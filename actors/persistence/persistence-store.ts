// Where batches are stored: in PostgreSQL, or nowhere when the ring alone is measured.
import type { DatabasePool } from 'slonik';
import { failed, type Outcome } from '../../schema/error.ts';
import type { Activation } from '../../schema/thread.ts';
import { allStored, type BatchResult, type QueuedWrite } from './batch.ts';
import { giveUpWork } from './database-pool.ts';
import { activateSession } from './queries/activate-session.ts';
import type { Attempt } from './queries/insert-writes.ts';
import { storeBatch } from './store-batch.ts';

export type PersistenceStore = {
  /** @throws when PostgreSQL is away: the caller tries the same batch again */
  storeWrites(
    batch: readonly QueuedWrite[],
    touches: ReadonlyMap<string, number>,
    attempt: Attempt,
  ): Promise<BatchResult>;
  activate(sessionId: string): Promise<Outcome<Activation>>;
  /** Fails every statement that still waits for an answer, as if PostgreSQL were away. */
  giveUpWaiting(): void;
  /** Sessions opened and claimed from now on belong to this run. */
  changeRun(runId: string): void;
};

/** @param firstRunId the run of the engine that owns what is opened and claimed here */
export function createDatabaseStore(pool: DatabasePool, firstRunId: string): PersistenceStore {
  let runId = firstRunId;
  return {
    storeWrites: (batch, touches, attempt) => storeBatch(pool, batch, touches, { runId, attempt }),
    activate: (sessionId) => activateSession(pool, sessionId, runId),
    giveUpWaiting: () => giveUpWork(pool),
    changeRun: (next) => {
      runId = next;
    },
  };
}

export const droppingStore: PersistenceStore = {
  storeWrites: async () => allStored,
  activate: async () => failed('noSuchSession', 'Nothing is stored.'),
  giveUpWaiting: () => undefined,
  changeRun: () => undefined,
};
