// Where batches go: PostgreSQL, or nowhere when the ring itself is measured.
import type { DatabasePool } from 'slonik';
import { failed, type Outcome } from '../../schema/error.ts';
import type { Activation } from '../../schema/thread.ts';
import { nothingSpecial, type Queued, type Result } from './batch.ts';
import { giveUpWork } from './database.ts';
import { activateSession } from './queries/activate-session.ts';
import type { Attempt } from './queries/store-writes.ts';
import { storeBatch } from './store.ts';

export type Storage = {
  /** @throws when PostgreSQL is away: the caller tries the same batch again */
  store(batch: readonly Queued[], touches: ReadonlyMap<string, number>, attempt: Attempt): Promise<Result>;
  activate(sessionId: string): Promise<Outcome<Activation>>;
  /** Ends what waits for an answer that was lost; it fails as if PostgreSQL were away. */
  giveUp(): void;
  /** What is opened and claimed from now on belongs to another run. */
  runBegan(runId: string): void;
};

/** @param firstRunId the run of the engine that owns what is opened and claimed here */
export function databaseStorage(pool: DatabasePool, firstRunId: string): Storage {
  let runId = firstRunId;
  return {
    store: (batch, touches, attempt) => storeBatch(pool, batch, touches, { runId, attempt }),
    activate: (sessionId) => activateSession(pool, sessionId, runId),
    giveUp: () => giveUpWork(pool),
    runBegan: (next) => {
      runId = next;
    },
  };
}

export const droppingStorage: Storage = {
  store: async () => nothingSpecial,
  activate: async () => failed('noSuchSession', 'Nothing is stored.'),
  giveUp: () => undefined,
  runBegan: () => undefined,
};
