// Where batches go: PostgreSQL, or nowhere when the ring itself is measured.
import type { DatabasePool } from 'slonik';
import { failed, type Outcome } from '../../schema/error.ts';
import type { Activation } from '../../schema/thread.ts';
import { nothingSpecial, type Queued, type Result } from './batch.ts';
import { activateSession } from './queries/activate-session.ts';
import { storeBatch } from './store.ts';

export type Storage = {
  /** @throws when PostgreSQL is away: the caller tries the same batch again */
  store(batch: readonly Queued[], touches: ReadonlyMap<string, number>): Promise<Result>;
  activate(sessionId: string): Promise<Outcome<Activation>>;
};

export const databaseStorage = (pool: DatabasePool): Storage => ({
  store: (batch, touches) => storeBatch(pool, batch, touches),
  activate: (sessionId) => activateSession(pool, sessionId),
});

export const droppingStorage: Storage = {
  store: async () => nothingSpecial,
  activate: async () => failed('noSuchSession', 'Nothing is stored.'),
};
