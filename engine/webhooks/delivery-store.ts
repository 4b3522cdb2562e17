// The rows of deliveries, as the thread that makes them reads and writes them: each statement in bounded time.
import type { CommonQueryMethods, DatabasePool } from 'slonik';
import { runOnConnection } from '../../actors/persistence/database-pool.ts';
import { limits } from '../../schema/limits.ts';
import { disableWebhook } from './queries/disable-webhook.ts';
import { type DueDelivery, requeueStream, selectDue, updateQueued } from './queries/queue-due.ts';
import { type NextDelivery, selectNextDelivery } from './queries/select-next-delivery.ts';
import { selectTarget } from './queries/select-target.ts';
import { failStream, removeStream } from './queries/settle-stream.ts';
import { deleteOldDeliveries, requeueLost, sweptRowsMax } from './queries/sweep-deliveries.ts';
import { type Tried, updateDelivered, updateTried } from './queries/update-delivery.ts';

/** What is delivered in order: a session's events to one webhook. */
export type Stream = { webhookId: string; stream: string };

export class DeliveryStore {
  readonly #pool: DatabasePool;

  constructor(pool: DatabasePool) {
    this.#pool = pool;
  }

  findTarget(webhookId: string) {
    return this.#ask((connection) => connection.maybeOne(selectTarget(webhookId)));
  }

  findNext({ webhookId, stream }: Stream): Promise<NextDelivery | null> {
    return this.#ask((connection) => connection.maybeOne(selectNextDelivery(webhookId, stream)));
  }

  noteDelivered(tried: Tried): Promise<void> {
    return this.#write(updateDelivered(tried));
  }

  noteTried(tried: Tried, more: Parameters<typeof updateTried>[1]): Promise<void> {
    return this.#write(updateTried(tried, more));
  }

  disable(tried: Tried, more: Parameters<typeof disableWebhook>[1]): Promise<void> {
    return this.#write(disableWebhook(tried, more));
  }

  removeStream({ webhookId, stream }: Stream): Promise<void> {
    return this.#write(removeStream(webhookId, stream));
  }

  failStream({ webhookId, stream }: Stream, problem: string): Promise<void> {
    return this.#write(failStream(webhookId, stream, problem));
  }

  requeue({ webhookId, stream }: Stream): Promise<void> {
    return this.#write(requeueStream(webhookId, stream));
  }

  findDue(nowMs: number): Promise<readonly DueDelivery[]> {
    return this.#ask((connection) => connection.any(selectDue(nowMs)));
  }

  noteQueued(due: readonly DueDelivery[], nowMs: number): Promise<void> {
    return this.#write(updateQueued(due, nowMs));
  }

  async sweep(nowMs: number): Promise<void> {
    await this.#write(requeueLost(nowMs));
    for (;;) {
      const { rowCount } = await this.#ask((connection) => connection.query(deleteOldDeliveries(nowMs)));
      if (rowCount < sweptRowsMax) return;
    }
  }

  #ask<T>(work: (connection: CommonQueryMethods) => Promise<T>): Promise<T> {
    return runOnConnection(this.#pool, limits.databaseSilenceTimeoutMs, work);
  }

  async #write(query: Parameters<CommonQueryMethods['query']>[0]): Promise<void> {
    await this.#ask((connection) => connection.query(query));
  }
}
