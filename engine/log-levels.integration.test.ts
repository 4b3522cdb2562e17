// The levels of the log: a refusal is no error, and debug has more lines than info.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'slonik';
import type { LogEntry } from '../schema/log.ts';
import { TestClient } from './testing/client.ts';
import { createTestDatabase, runStatement, type TestDatabase } from './testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from './testing/engine.ts';
import { RecordedLog } from './testing/log.ts';
import { callAs, waitUntil, waitUntilPassivated } from './testing/rest.ts';

let database: TestDatabase;
let engine: TestEngine;
let log: RecordedLog;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await engine?.close();
  await database?.drop();
});

async function start(isDebug: boolean): Promise<void> {
  log = new RecordedLog(isDebug);
  engine = await startTestEngine({ databaseUrl: database.url, log, environment: { HIBERNATE_AFTER: '0.2' } });
}

const eventsAt = (...levels: LogEntry['level'][]) =>
  new Set(log.entries.filter(({ level }) => levels.includes(level)).map(({ event }) => event));

test('a request of an unknown user is refused, however often it comes, and nothing is logged as an error', async () => {
  await runStatement(database.url, sql.unsafe`CREATE TABLE users (id text PRIMARY KEY, email text NOT NULL)`);
  await start(false);
  for (let time = 0; time < 3; time++) {
    const refused = await callAs<{ code: string }>(engine, 'nobody', 'POST', '/api/v1/sessions', { task: 'Begin' });
    assert.deepEqual([refused.status, refused.body.code], [403, 'unknownUser']);
  }
  await delay(50);
  assert.deepEqual([...eventsAt('error')], []);
  assert.ok(!log.entries.some(({ event }) => event === 'database.error'));
});

const detailed = ['batch.stored', 'request.answered', 'session.claimed', 'session.passivated'] as const;

/** A session that works, is passivated, and is activated again. */
async function comeAndGo(): Promise<void> {
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Emit 2 events');
  const first = await client.waitForStatus('completed');
  await waitUntilPassivated(engine); // A sweep passivates it.
  client.send({ type: 'message', content: 'Emit 2 events' });
  await client.waitForStatus('completed', first.sequence);
  await callAs(engine, 'ada', 'GET', '/api/v1/chats');
  client.send({ type: 'stop' });
  await client.closed;
}

test('debug logs each request, batch and activation, without any text of a user or model', async () => {
  await start(true);
  await comeAndGo();
  await waitUntil(() => detailed.every((event) => eventsAt('debug').has(event)));
  assert.doesNotMatch(JSON.stringify(log.entries), /Emit 2 events/);
});

test('info logs none of that', async () => {
  await start(false);
  await comeAndGo();
  for (const event of detailed) assert.ok(!eventsAt('debug', 'info', 'warn', 'error').has(event));
});
