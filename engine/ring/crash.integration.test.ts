// After an engine died, the next one goes on with its cut turns, and leaves alone the sessions of a living engine.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { type Frame, TestClient } from '../testing/client.ts';
import { createTestDatabase } from '../testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { type EngineProcess, startEngineProcess } from '../testing/process.ts';
import { waitUntil } from '../testing/rest.ts';

type Place = {
  pool: DatabasePool;
  process(environment?: Record<string, string>): Promise<EngineProcess>;
  engine(environment?: Record<string, string>): Promise<TestEngine>;
  /** The types of a chat's events, in order. */
  told(client: TestClient): Promise<string[]>;
  /** `isActive` of each of the chats. */
  areActive(...clients: TestClient[]): Promise<(boolean | undefined)[]>;
};

const Told = v.object({ name: v.string(), is_active: v.boolean() });

async function placeOf(t: TestContext): Promise<Place> {
  const database = await createTestDatabase();
  const pool = await openPool(database.url, { connectionsMax: 1, statementTimeoutMs: 5_000, onError: () => undefined });
  const closes: (() => Promise<unknown>)[] = [() => pool.end(), () => database.drop()];
  t.after(async () => {
    for (const close of closes) await close();
  });
  const rows = (client: TestClient) =>
    pool.any(sql.type(Told)`
      SELECT coalesce(m.metadata_json::jsonb ->> 'status', m.event_type) AS name, c.is_active
      FROM chat_sessions c JOIN lucid_engine.chat_messages m ON m.session_id = c.id
      WHERE c.agent_session_id = ${client.sessionId} ORDER BY m.sequence`);
  return {
    pool,
    process: async (environment = {}) => {
      const started = await startEngineProcess(database.url, environment);
      closes.unshift(() => started.kill());
      return started;
    },
    engine: async (environment = {}) => {
      const engine = await startTestEngine({ databaseUrl: database.url, environment });
      closes.unshift(() => engine.close());
      return engine;
    },
    told: async (client) => (await rows(client)).map(({ name }) => name),
    areActive: (...clients) => Promise.all(clients.map(async (client) => (await rows(client))[0]?.is_active)),
  };
}

const start = async ({ ws }: { ws: string }, task: string) => TestClient.start(ws, await signTestToken('ada'), task);

const isAtWork = (frame: Frame) => frame.eventType === 'CmdRunAction';

/** Attaches where another client left off. */
async function resume({ ws }: { ws: string }, { sessionId, events }: TestClient): Promise<TestClient> {
  const { epoch, sequence } = events.at(-1) ?? {};
  return TestClient.open(
    `${ws}?token=${await signTestToken('ada')}&session_id=${sessionId}&epoch=${epoch}&last_sequence=${sequence}`,
  );
}

const slow = { MOCK_STEP_DELAY_MS: '1500' };

test('after a crash the next engine goes on with cut turns, before their clients come back', async (t) => {
  const place = await placeOf(t);
  const first = await place.process(slow);
  const resting = await start(first, 'Emit 1 events');
  await resting.waitForStatus('completed');
  const cut = await start(first, 'be cut');
  await cut.waitFor('a step', isAtWork);
  await first.kill();
  assert.deepEqual(await place.areActive(cut, resting), [true, true]);

  const next = await place.engine();
  await waitUntil(async () => (await place.told(cut)).at(-1) === 'completed');
  assert.deepEqual(await place.areActive(cut, resting), [false, false]);
  const back = await resume(next, cut);
  await back.waitForStatus('completed');
  const events = [...cut.events, ...back.events];
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, at) => at + 1),
  );
  assert.equal(
    resting.events.every(({ epoch }) => epoch === 1),
    true,
  );
  assert.equal((await place.told(resting)).filter((name) => name === 'completed').length, 1);
});

test('an engine that starts beside another takes nothing from it', async (t) => {
  const place = await placeOf(t);
  const first = await place.engine({ MOCK_STEP_DELAY_MS: '1500' });
  const client = await start(first, 'still mine');
  await client.waitFor('a step', isAtWork);
  await place.engine();
  await client.waitForStatus('completed');
  assert.deepEqual([...new Set(client.events.map(({ epoch }) => epoch))], [1]);
  assert.deepEqual(await place.areActive(client), [true]);
});

test('a session whose token is gone waits for its client; one whose token was sealed goes on', async (t) => {
  const place = await placeOf(t);
  const sealing = { ENCRYPTION_KEY: 'a key for tests that is long enough to seal with' };
  const first = await place.process({ ...slow, ...sealing });
  const token = await signTestToken('ada');
  const withToken = (task: string) => TestClient.start(first.ws, token, task, { gitToken: `a-token-for-${task}` });
  const [sealed, gone] = await Promise.all([withToken('sealed'), withToken('gone')]);
  await Promise.all([sealed, gone].map((client) => client.waitFor('a step', isAtWork)));
  await first.kill();
  await place.pool.query(
    sql.unsafe`UPDATE lucid_engine.agent_sessions SET sealed_secrets = NULL WHERE id = ${gone.sessionId}`,
  );

  const next = await place.engine(sealing);
  await waitUntil(async () => (await place.told(sealed)).at(-1) === 'completed');
  assert.ok(!(await place.told(gone)).includes('completed'));
  assert.deepEqual(await place.areActive(gone), [false]);
  const back = await resume(next, gone);
  await back.waitForStatus('completed');
});
