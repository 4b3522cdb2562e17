// An operator lets an engine end once nothing is at work on it, and may think better of it.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestClient } from '../testing/client.ts';
import { createTestDatabase } from '../testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { startEngineProcess } from '../testing/process.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const adminKey = 'an admin key for tests';
type Drain = { isDraining: boolean; working: number; code?: string };

/** An engine, and how often it was to be stopped. */
async function start(t: TestContext, environment: Record<string, string> = {}) {
  const ended = { times: 0 };
  const engine = await startTestEngine({
    environment: { ADMIN_KEY: adminKey, ...environment },
    options: { onDrained: () => ended.times++ },
  });
  t.after(() => engine.close());
  return { engine, ended };
}

async function post(engine: Pick<TestEngine, 'http'>, path: string, body?: object) {
  const answer = await fetch(`${engine.http}/api/v1/admin/${path}`, {
    method: 'POST',
    headers: { 'X-Admin-Key': adminKey, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Drain };
}

const create = (engine: TestEngine) => callAs<Drain>(engine, 'ada', 'POST', '/api/v1/sessions', { task: 'begin' });
const readiness = async (engine: TestEngine) => (await fetch(`${engine.http}/ready`)).status;

test('a drain takes no new sessions, lets those at work go on, and ends the engine after the last turn', async (t) => {
  const { engine, ended } = await start(t, { MOCK_STEP_DELAY_MS: '1000' });
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'take your time');
  await client.waitForType('agent_event');
  const begun = await post(engine, 'drain', { confirm: 'drain' });
  assert.deepEqual(begun, { status: 200, body: { isDraining: true, working: 1 } });
  const refused = await create(engine);
  assert.deepEqual([refused.status, refused.body.code], [503, 'draining']);
  assert.equal(await readiness(engine), 503);
  const figures = await (await fetch(`${engine.http}/metrics`)).text();
  for (const figure of [/^lucid_draining 1$/m, /^lucid_ready 0$/m]) assert.match(figures, figure);
  client.send({ type: 'message', id: 'more', content: 'and go on' });
  await client.waitFor('ack of more', ({ id }) => id === 'more');
  assert.equal(ended.times, 0);
  await client.waitFor(
    'the end of its last turn',
    ({ status, reason }) => status === 'completed' && reason === 'finished',
  );
  await waitUntil(() => ended.times === 1);
  const late = await post(engine, 'undrain');
  assert.deepEqual([late.status, late.body.code], [503, 'draining']);
});

test('a drain that is taken back lets new sessions begin again', async (t) => {
  const { engine, ended } = await start(t, { MOCK_STEP_DELAY_MS: '1000' });
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'take your time');
  await client.waitForType('agent_event');
  await post(engine, 'drain', { confirm: 'drain' });
  assert.equal((await post(engine, 'undrain')).body.isDraining, false);
  assert.equal(await readiness(engine), 200);
  assert.equal((await create(engine)).status, 200);
  await client.waitForStatus('completed');
  assert.equal(ended.times, 0);
  assert.equal((await post(engine, 'undrain')).status, 200, 'what goes on as it is takes it too');
});

test('a drain ends the engine when its time is over, whatever goes on', async (t) => {
  const { engine, ended } = await start(t, { MOCK_STEP_DELAY_MS: '60000' });
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'take your time');
  await client.waitForStatus('mock_mode');
  assert.equal((await post(engine, 'drain', { confirm: 'drain', withinSeconds: 0 })).body.working, 1);
  await waitUntil(() => ended.times === 1);
});

test('a drained process ends in order, and its session goes on at the next engine', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const environment = { ADMIN_KEY: adminKey, MOCK_STEP_DELAY_MS: '200' };
  const engine = await startEngineProcess(database.url, environment);
  const token = await signTestToken('ada');
  const client = await TestClient.start(engine.ws, token, 'take your time');
  await client.waitForType('agent_event');
  await post(engine, 'drain', { confirm: 'drain' });
  await client.waitFor('its end', ({ status, reason }) => status === 'completed' && reason === 'finished');
  assert.equal(await client.closed, 1001);
  assert.equal(await engine.ended, 0);
  assert.match(engine.output(), /"drain\.asked".*"drain\.finished"/s);
  const next = await startTestEngine({ databaseUrl: database.url });
  t.after(() => next.stop());
  const back = await TestClient.open(`${next.ws}?token=${token}&session_id=${client.sessionId}`);
  back.send({ type: 'message', id: 'more', content: 'and go on' });
  await back.waitFor('ack of more', ({ id }) => id === 'more');
  await back.close();
});
