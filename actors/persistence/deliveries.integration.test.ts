// What webhooks will hear is stored with the very COMMIT of its event, once, and for nobody but the session's user.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { queueWrites, TestStore } from '../../engine/testing/store.ts';
import type { EventWrite } from '../../schema/thread.ts';
import type { SessionWrites } from '../testing/session-writes.ts';
import { storeBatch } from './store-batch.ts';

let stored: TestStore;
let pool: DatabasePool;

before(async () => {
  stored = await TestStore.open();
  pool = stored.pool;
});

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE lucid_engine.webhooks, lucid_engine.webhook_deliveries`);
});

after(() => stored?.close());

const addWebhook = (
  id: string,
  { userId = 'ada', events = ['turn.completed', 'session.stopped'], isDisabled = false } = {},
) =>
  pool.query(sql.unsafe`
    INSERT INTO lucid_engine.webhooks (id, user_id, shown_url, events, sealed, created_at, disabled_at)
    VALUES (${id}, ${userId}, '', ${sql.array(events, 'varchar')}, '', now(), ${isDisabled ? '2026-01-01' : null})`);

const completed = (writes: SessionWrites): EventWrite =>
  writes.eventWrite({ eventType: 'Status', metadata: { status: 'completed', reason: 'finished' } });

const Delivery = v.object({ webhook: v.string(), event: v.string(), stream: v.string(), sequence: v.number() });
const deliveries = () =>
  pool.any(sql.type(Delivery)`
    SELECT webhook_id AS webhook, event_id AS event, stream, sequence FROM lucid_engine.webhook_deliveries
    ORDER BY webhook_id, stream, sequence`);

test('an event that a webhook wants is stored with its delivery, in the batch that opens its session too', async () => {
  await addWebhook('w-1');
  const writes = stored.makeSession();
  const last = [writes.openWrite(), writes.eventWrite(), completed(writes)] as const;
  await stored.store(...last);
  assert.deepEqual(await deliveries(), [
    { webhook: 'w-1', event: last[2].rowId, stream: writes.sessionId, sequence: 2 },
  ]);
});

test('other users, other types and disabled webhooks have none', async () => {
  await Promise.all([
    addWebhook('w-other', { userId: 'bob' }),
    addWebhook('w-type', { events: ['session.failed'] }),
    addWebhook('w-off', { isDisabled: true }),
  ]);
  const writes = await stored.openSession();
  await stored.store(completed(writes));
  assert.deepEqual(await deliveries(), []);
});

test('a batch whose reply was lost has its deliveries once', async () => {
  await Promise.all([addWebhook('w-1'), addWebhook('w-2')]);
  const writes = await stored.openSession();
  const batch = queueWrites([writes.eventWrite(), completed(writes)]);
  for (const attempt of ['first', 'first', 'again'] as const)
    await storeBatch(pool, batch, new Map(), { runId: null, attempt });
  assert.equal((await deliveries()).length, 2);
});

test('what is fenced, and an event whose place is taken, is told to nobody', async () => {
  await addWebhook('w-1');
  const stale = await stored.openSession();
  await pool.query(sql.unsafe`UPDATE lucid_engine.agent_sessions SET epoch = 2 WHERE id = ${stale.sessionId}`);
  await stored.store(completed(stale));
  const writes = await stored.openSession();
  const event = completed(writes);
  await stored.store({ ...event, rowId: 'first-one', event: { ...event.event, eventType: 'ThinkAction' } });
  await stored.store(event);
  assert.deepEqual(await deliveries(), []);
});

test('a webhook that is being deleted keeps no event from being stored', async () => {
  await addWebhook('w-1');
  const writes = await stored.openSession();
  const [begun, stop] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const deleting = pool.transaction(async (transaction) => {
    await transaction.query(sql.unsafe`DELETE FROM lucid_engine.webhooks`);
    begun.resolve();
    await stop.promise;
  });
  await begun.promise;
  await stored.store(completed(writes)); // It would wait for ever here.
  stop.resolve();
  await deleting;
  const row = sql.unsafe`SELECT 1 FROM lucid_engine.chat_messages WHERE session_id = ${writes.chatId}`;
  assert.ok(await pool.exists(row));
});
