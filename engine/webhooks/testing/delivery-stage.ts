// Deliveries on a real PostgreSQL without an engine: a clock that a test moves, and as many workers as it wants.
import { type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../../actors/persistence/database-pool.ts';
import { Upstream } from '../../../sandbox/git/upstream.ts';
import type { Resolve } from '../../../sandbox/outbound/checked-lookup.ts';
import type { WebhookEventType } from '../../../schema/protocol/webhooks/webhook-events.ts';
import type { WebhookRules } from '../../../schema/thread.ts';
import { migrate } from '../../database/migrations.ts';
import { Sealing } from '../../secrets/sealing.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { RecordedLog } from '../../testing/log.ts';
import { deliverStream } from '../deliver-stream.ts';
import { DeliveryQueue, turnMsMax } from '../delivery-queue.ts';
import { DeliveryStore } from '../delivery-store.ts';
import { DeliveryWorker } from '../delivery-worker.ts';
import { Webhooks } from '../webhooks.ts';

const Row = v.object({
  eventId: v.string(),
  state: v.string(),
  attempts: v.number(),
  status: v.nullable(v.number()),
  problem: v.nullable(v.string()),
});

export class DeliveryStage {
  readonly pool: DatabasePool;
  readonly log = new RecordedLog();
  readonly sealing = new Sealing('a key for tests');
  readonly webhooks: Webhooks;
  readonly store: DeliveryStore;
  /** What webhooks may be delivered to; the operator's own hosts can be changed at any time. */
  readonly allowedHosts = new Set<string>();
  readonly rules: WebhookRules = { allowedHosts: this.allowedHosts, mayBePlain: false };
  resolve: Resolve | undefined;
  /** In place of what asks receivers, for faults that those can't make. */
  upstream: Pick<Upstream, 'ask'> | undefined;
  /** Addresses that the machine is to have. */
  ownAddresses: string[] | undefined;
  turnMsMax = turnMsMax;
  nowMs = Date.now();
  readonly #database: TestDatabase;
  readonly #ending = new AbortController();
  readonly #running: { worker: DeliveryWorker; queue: DeliveryQueue; ended: Promise<void> }[] = [];

  private constructor(pool: DatabasePool, database: TestDatabase) {
    this.pool = pool;
    this.#database = database;
    this.store = new DeliveryStore(pool);
    this.webhooks = new Webhooks({
      queries: pool,
      sealing: this.sealing,
      rules: this.rules,
      link: { start() {}, wake() {}, async close() {} },
      now: () => this.nowMs,
    });
  }

  static async open(): Promise<DeliveryStage> {
    const database = await createTestDatabase();
    const bounds = { connectionsMax: 8, statementTimeoutMs: 10_000, onError: () => undefined };
    const pool = await openPool(database.url, bounds);
    await migrate(pool);
    return new DeliveryStage(pool, database);
  }

  /** @returns its id, of a webhook that may be delivered to */
  async addWebhook(
    url: string,
    events: readonly WebhookEventType[] = ['turn.completed'],
    userId = 'ada',
  ): Promise<string> {
    this.allowedHosts.add(new URL(url).host);
    const made = await this.webhooks.create(userId, { url, events });
    if (!made.ok) throw new Error(made.failure.detail);
    return made.value.id;
  }

  /** A delivery that persistence has stored. @returns the id of its event */
  async addDelivery(webhookId: string, stream: string, sequence: number): Promise<string> {
    const eventId = `${stream}-${sequence}`;
    const data = JSON.stringify({ sessionId: stream, chatId: 'c-1', sequence, reason: 'finished' });
    await this.pool.query(sql.unsafe`
      INSERT INTO lucid_engine.webhook_deliveries (webhook_id, event_id, stream, sequence, type, data, occurred_at)
      VALUES (${webhookId}, ${eventId}, ${stream}, ${sequence}, 'turn.completed', ${data},
        to_timestamp(${this.nowMs}::float8 / 1000))`);
    return eventId;
  }

  /** Whoever has the stream delivers what is due by the stage's clock. */
  deliver(webhookId: string, stream: string): Promise<void> {
    return deliverStream({ webhookId, stream }, { ...this.#dependencies, ending: this.#ending.signal });
  }

  /** One engine's worker among others, with a queue of its own on the same database. */
  async startWorker(): Promise<DeliveryWorker> {
    const queue = await DeliveryQueue.open(this.#database.url, () => undefined);
    const worker = new DeliveryWorker({ ...this.#dependencies, queue });
    this.#running.push({ worker, queue, ended: worker.run() });
    return worker;
  }

  deliveriesOf(webhookId: string) {
    return this.pool.any(sql.type(Row)`
      SELECT event_id AS "eventId", state, attempts, status, problem FROM lucid_engine.webhook_deliveries
      WHERE webhook_id = ${webhookId} ORDER BY stream, sequence`);
  }

  async close(): Promise<void> {
    for (const { worker, queue, ended } of this.#running) {
      worker.end();
      await ended;
      await queue.close();
    }
    await this.pool.end();
    await this.#database.drop();
  }

  get #dependencies() {
    const { store, sealing, rules, log, resolve, ownAddresses, turnMsMax } = this;
    const upstream =
      this.upstream ??
      new Upstream({
        allowed: rules.allowedHosts,
        ...(resolve && { resolve }),
        ...(ownAddresses && { readOwn: async () => ownAddresses }),
      });
    return { store, sealing, upstream, rules, log, turnMsMax, onTried() {}, now: () => this.nowMs, random: () => 0 };
  }
}
