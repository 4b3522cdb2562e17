// A client of the reference that was cut off says its task again: it is given the session that works on it, not a second one.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../../schema/limits.ts';
import { type Frame, TestClient } from '../testing/client.ts';
import { createTestDatabase } from '../testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { startEngineProcess } from '../testing/process.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

/** As the reference's page sends it, each time that it connects. */
const first = { token: '', projectId: '', modelProvider: 'google', repoUrl: '', task: 'Write hello world' };

async function started(t: TestContext, environment: Record<string, string> = {}): Promise<TestEngine> {
  const engine = await startTestEngine({ environment: { MOCK_STEP_DELAY_MS: '30', ...environment } });
  t.after(() => engine.close());
  return engine;
}

type Saying = { user?: string; more?: object; query?: string; isPlain?: boolean };

/** A client that has said its first message, and knows its session. */
async function said(
  { ws }: Pick<TestEngine, 'ws'>,
  { user = 'ada', more = {}, query = '', isPlain = true }: Saying = {},
) {
  const client = await TestClient.open(`${ws}?token=${await signTestToken(user)}${query}`, { isPlain });
  client.send({ ...first, ...more });
  await client.waitForStatus('mock_mode');
  return client;
}

/** The same, where the first thing that it hears may be a refusal. */
async function saidOrRefused({ ws }: Pick<TestEngine, 'ws'>): Promise<TestClient> {
  const client = await TestClient.open(`${ws}?token=${await signTestToken('ada')}`, { isPlain: true });
  client.send(first);
  await client.waitFor('anything', () => true);
  return client;
}

const isStep = ({ eventType }: Frame) => eventType === 'CmdRunAction';

async function cutOff(client: TestClient): Promise<void> {
  client.socket.terminate();
  await client.closed;
}

const shapes = ({ frames }: TestClient) => frames.map(({ type, status, eventType }) => eventType ?? status ?? type);

const chatsOf = async (engine: Pick<TestEngine, 'http'>, user = 'ada') =>
  (await callAs<{ chats: { isActive: boolean }[] }>(engine, user, 'GET', '/api/v1/chats')).body.chats;

const areLeft = (engine: TestEngine) =>
  waitUntil(async () => !(await chatsOf(engine)).some(({ isActive }) => isActive));

test('a client that was cut off in mid-turn and says its task again hears the same session, from its beginning', async (t) => {
  const engine = await started(t);
  const client = await said(engine);
  await client.waitFor('a step', isStep);
  await cutOff(client);
  const back = await said(engine);
  await back.waitForStatus('completed');
  assert.equal(back.sessionId, client.sessionId);
  const heard = shapes(back);
  assert.deepEqual(heard.slice(0, 4), ['initializing', 'mock_mode', 'ThinkAction', 'CmdRunAction']);
  assert.equal(heard.filter((shape) => shape === 'AgentFinishAction').length, 1); // The work was done once.
  assert.equal((await chatsOf(engine)).length, 1);

  await cutOff(back); // It is done by now, and may be asked for all the same.
  const again = await said(engine);
  await again.waitForStatus('completed');
  assert.deepEqual(again.frames, back.frames);
  again.sendRaw({ type: 'action', content: 'Now tests' });
  await again.waitFor('the second turn', () => shapes(again).filter((shape) => shape === 'completed').length === 2);
  await again.close();
});

test('a client that comes back before its session is stored gets that one', async (t) => {
  const engine = await started(t);
  const url = `${engine.ws}?token=${await signTestToken('ada')}`;
  for (const pauseMs of [0, 2, 5, 10]) {
    const task = `Write it after ${pauseMs} ms`;
    const gone = await TestClient.open(url, { isPlain: true });
    gone.send({ ...first, task });
    await delay(pauseMs);
    gone.socket.terminate();
    const back = await said(engine, { more: { task } });
    await back.waitForStatus('completed');
    await back.close();
  }
  assert.equal((await chatsOf(engine)).length, 4);
});

test('a client whose connection went silent is asked whether it is there, and does not keep its session from itself', async (t) => {
  const engine = await started(t);
  const [client, tab] = [await said(engine), await said(engine, { more: { task: 'In two tabs' } })];
  client.socket.pause(); // As behind a network that is gone: nothing says that it was closed.
  const back = await said(engine);
  assert.equal(back.sessionId, client.sessionId);
  await back.waitForStatus('completed');
  const second = await said(engine, { more: { task: 'In two tabs' } });
  assert.notEqual(second.sessionId, tab.sessionId);
  client.socket.resume();
  await Promise.all([client, back, tab, second].map((each) => each.close()));
});

test('whoever asks for something else, or for a new session, or knows how to come back, gets a session of its own', async (t) => {
  const engine = await started(t, { MOCK_STEP_DELAY_MS: '0' });
  const client = await said(engine, { more: { branch: 'main' } });
  await cutOff(client);
  await areLeft(engine);
  const others: Saying[] = [
    { user: 'eve', more: { branch: 'main' } },
    { more: { branch: 'main', task: 'Write hello moon' } },
    { more: { branch: 'main', projectId: 'p-2' } },
    { more: { branch: 'next' } },
    { more: { branch: 'main', new: true } },
    { more: { branch: 'main' }, query: '&features=ack' },
    { more: { branch: 'main' }, isPlain: false },
  ];
  for (const saying of others) {
    const other = await said(engine, saying);
    assert.notEqual(other.sessionId, client.sessionId, JSON.stringify(saying));
  }
  const back = await said(engine, { more: { branch: 'main' } });
  assert.equal(back.sessionId, client.sessionId);
});

test('a session whose client is there, or that has ended, is nobody else’s', async (t) => {
  const engine = await started(t, { MOCK_STEP_DELAY_MS: '0' });
  const client = await said(engine);
  const second = await said(engine);
  assert.notEqual(second.sessionId, client.sessionId);
  await Promise.all([client, second].map(cutOff));
  await areLeft(engine);
  for (const { sessionId } of [client, second]) await callAs(engine, 'ada', 'DELETE', `/api/v1/sessions/${sessionId}`);
  const third = await said(engine);
  assert.ok(![client.sessionId, second.sessionId].includes(third.sessionId));
});

test('while the engine that had it may be dying its client is told to come again, until another engine has taken it over', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const environment = { MOCK_STEP_DELAY_MS: '100' };
  const killed = await startEngineProcess(database.url, environment);
  const other = await startTestEngine({ databaseUrl: database.url, environment });
  t.after(() => other.close());
  const client = await said(killed);
  await client.waitFor('a step', isStep);
  await killed.kill();
  await delay(2 * limits.runBeatIntervalMs); // As long as the reference's page waits before it comes back.
  let again = await saidOrRefused(other);
  for (; again.frames[0]?.type === 'error'; again = await saidOrRefused(other)) {
    assert.deepEqual(
      [await again.closed, again.frames[0].message],
      [4029, 'The session is at another engine; connect again.'],
    );
    await delay(100);
  }
  assert.equal(again.sessionId, client.sessionId);
  await again.waitForStatus('completed');
  assert.equal((await chatsOf(other)).length, 1);
});

test('where no time is set, a task that is said again is another one', async (t) => {
  const engine = await started(t, { MOCK_STEP_DELAY_MS: '0', RECONNECT_GRACE: '0' });
  const client = await said(engine);
  await cutOff(client);
  await areLeft(engine);
  assert.notEqual((await said(engine)).sessionId, client.sessionId);
});

test('after the engine was killed in mid-turn its client gets the session that goes on, and so does who was at rest', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const killed = await startEngineProcess(database.url, { MOCK_STEP_DELAY_MS: '100' });
  const resting = await said(killed, { more: { task: 'Be done' } });
  await resting.waitForStatus('completed');
  const client = await said(killed);
  await client.waitFor('a step', isStep);
  await killed.kill();
  const next = await startEngineProcess(database.url, { MOCK_STEP_DELAY_MS: '100' });
  t.after(() => next.kill());
  const back = await said(next);
  assert.equal(back.sessionId, client.sessionId);
  await back.waitForStatus('completed');
  assert.equal(shapes(back).filter((shape) => shape === 'InitialTask').length, 0);
  const rested = await said(next, { more: { task: 'Be done' } });
  assert.equal(rested.sessionId, resting.sessionId);
  assert.equal((await chatsOf(next)).length, 2);

  assert.equal(await next.terminate(), 0); // A restart in order is no different.
  const last = await startEngineProcess(database.url, {});
  t.after(() => last.kill());
  assert.equal((await said(last)).sessionId, client.sessionId);
});
