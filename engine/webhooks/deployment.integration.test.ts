// Webhooks behind pgbouncer, beside `prisma db push`, and with a receiver that hangs while sessions go on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool, sql } from 'slonik';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { TestClient } from '../testing/client.ts';
import { createTestDatabase } from '../testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { Pgbouncer, pgbouncerProblem } from '../testing/pgbouncer.ts';
import { callAs } from '../testing/rest.ts';
import { Receiver } from './testing/receiver.ts';

const environmentOf = (receiver: Receiver) => ({
  ENCRYPTION_KEY: 'a key for tests',
  WEBHOOK_ALLOWED_HOSTS: receiver.host,
});

async function createWebhook(engine: TestEngine, receiver: Receiver): Promise<void> {
  const asked = { url: receiver.url, events: ['turn.completed', 'session.stopped'] };
  assert.equal((await callAs(engine, 'ada', 'POST', '/api/v1/webhooks', asked)).status, 200);
}

async function runSession(engine: TestEngine): Promise<TestClient> {
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('completed');
  client.send({ type: 'stop' });
  await client.closed;
  return client;
}

test('while a receiver hangs, clients hear every event of their sessions', async (t) => {
  const receiver = await Receiver.open();
  const engine = await startTestEngine({ environment: environmentOf(receiver) });
  t.after(async () => {
    await receiver.close();
    await engine.close();
  });
  receiver.reply = () => undefined;
  await createWebhook(engine, receiver);
  await runSession(engine);
  await receiver.waitForCount(1);
  const clients = await Promise.all(Array.from({ length: 20 }, () => runSession(engine)));
  for (const { events } of clients)
    assert.deepEqual(
      events.map(({ sequence }) => sequence),
      events.map((_, at) => at + 1),
    );
});

test('the front end’s schema holds nothing of webhooks and their queue', async (t) => {
  const receiver = await Receiver.open();
  const engine = await startTestEngine({ environment: environmentOf(receiver) });
  t.after(async () => {
    await engine.close();
    await receiver.close();
  });
  await createWebhook(engine, receiver);
  await runSession(engine);
  await receiver.waitForCount(2);
  const pool = await createPool(engine.databaseUrl);
  const inPublic = (catalogue: string, column: string) =>
    pool.any(sql.unsafe`
      SELECT 1 FROM ${sql.identifier([catalogue])} WHERE ${sql.identifier([column])} = 'public'::regnamespace
      ${catalogue === 'pg_class' ? sql.fragment`AND relname NOT IN ('users', 'chat_sessions', 'chat_messages') AND relkind = 'r'` : sql.fragment``}`);
  const found = [await inPublic('pg_class', 'relnamespace'), await inPublic('pg_proc', 'pronamespace')];
  await pool.end();
  assert.deepEqual(found, [[], []]);
});

const behindPooler = 'behind a pooler of transactions everything arrives, in order';
if (pgbouncerProblem !== undefined) leaveOut(behindPooler, pgbouncerProblem);
else
  test(behindPooler, async (t) => {
    const [database, receiver] = await Promise.all([createTestDatabase(), Receiver.open()]);
    const pooler = await Pgbouncer.start(database.url);
    const engine = await startTestEngine({ databaseUrl: pooler.url, environment: environmentOf(receiver) });
    t.after(async () => {
      await engine.close();
      await Promise.all([pooler.stop(), receiver.close()]);
      await database.drop();
    });
    await createWebhook(engine, receiver);
    for (let session = 0; session < 3; session++) await runSession(engine);
    await receiver.waitForCount(6);
    for (const [, ofSession] of Map.groupBy(
      receiver.received,
      ({ payload: { data } }) => 'sessionId' in data && data.sessionId,
    ))
      assert.deepEqual(
        ofSession.map(({ payload }) => payload.type),
        ['turn.completed', 'session.stopped'],
      );
  });
