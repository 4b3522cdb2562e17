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
};

/** @param runId the start of the engine that owns what is opened and claimed here */
export const databaseStorage = (pool: DatabasePool, runId: string): Storage => ({
  store: (batch, touches, attempt) => storeBatch(pool, batch, touches, { runId, attempt }),
  activate: (sessionId) => activateSession(pool, sessionId, runId),
  giveUp: () => giveUpWork(pool),
});

export const droppingStorage: Storage = {
  store: async () => nothingSpecial,
  activate: async () => failed('noSuchSession', 'Nothing is stored.'),
  giveUp: () => undefined,
};
