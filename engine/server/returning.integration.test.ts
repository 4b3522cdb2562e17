// A client of the reference that was cut off sends its task again, and gets the session that works on it, not a second one.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../../schema/limits.ts';
import { type Frame, TestClient } from '../testing/client.ts';
import { createTestDatabase } from '../testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { startEngineProcess } from '../testing/process.ts';
import { callAs, waitUntil, waitUntilHolds } from '../testing/rest.ts';

/** The reference's page sends this each time that it connects. */
const firstMessage = { token: '', projectId: '', modelProvider: 'google', repoUrl: '', task: 'Write hello world' };

async function start(t: TestContext, environment: Record<string, string> = {}): Promise<TestEngine> {
  const engine = await startTestEngine({ environment: { MOCK_STEP_DELAY_MS: '30', ...environment } });
  t.after(() => engine.close());
  return engine;
}

type FirstMessageOptions = { user?: string; more?: object; query?: string; isPlain?: boolean };

/** @returns a client once it knows its session */
async function sendTask(
  { ws }: Pick<TestEngine, 'ws'>,
  { user = 'ada', more = {}, query = '', isPlain = true }: FirstMessageOptions = {},
) {
  const client = await TestClient.open(`${ws}?token=${await signTestToken(user)}${query}`, { isPlain });
  client.send({ ...firstMessage, ...more });
  await client.waitForStatus('mock_mode');
  return client;
}

/** @returns a client once it has any frame, which may be a refusal */
async function trySendTask({ ws }: Pick<TestEngine, 'ws'>): Promise<TestClient> {
  const client = await TestClient.open(`${ws}?token=${await signTestToken('ada')}`, { isPlain: true });
  client.send(firstMessage);
  await client.waitFor('anything', () => true);
  return client;
}

const isStep = ({ eventType }: Frame) => eventType === 'CmdRunAction';

async function cutOff(client: TestClient): Promise<void> {
  client.socket.terminate();
  await client.closed;
}

const namesOf = ({ frames }: TestClient) => frames.map(({ type, status, eventType }) => eventType ?? status ?? type);

const chatsOf = async (engine: Pick<TestEngine, 'http'>, user = 'ada') =>
  (await callAs<{ chats: { isActive: boolean }[] }>(engine, user, 'GET', '/api/v1/chats')).body.chats;

const waitUntilInactive = (engine: TestEngine) =>
  waitUntil(async () => !(await chatsOf(engine)).some(({ isActive }) => isActive));

test('a client that was cut off in mid-turn and sends its task again gets the same session, from its beginning', async (t) => {
  const engine = await start(t);
  const client = await sendTask(engine);
  await client.waitFor('a step', isStep);
  await cutOff(client);
  const back = await sendTask(engine);
  await back.waitForStatus('completed');
  assert.equal(back.sessionId, client.sessionId);
  const names = namesOf(back);
  assert.deepEqual(names.slice(0, 4), ['initializing', 'mock_mode', 'ThinkAction', 'CmdRunAction']);
  assert.equal(names.filter((name) => name === 'AgentFinishAction').length, 1); // The work was done once.
  assert.equal((await chatsOf(engine)).length, 1);

  await cutOff(back); // The turn has ended, and the session is found all the same.
  const again = await sendTask(engine);
  await again.waitForStatus('completed');
  assert.deepEqual(again.frames, back.frames);
  again.sendRaw({ type: 'action', content: 'Now tests' });
  await again.waitFor('the second turn', () => namesOf(again).filter((name) => name === 'completed').length === 2);
  await again.close();
});

test('a client that comes back before its session is stored gets that session', async (t) => {
  const engine = await start(t);
  const url = `${engine.ws}?token=${await signTestToken('ada')}`;
  for (const pauseMs of [0, 2, 5, 10]) {
    const task = `Write it after ${pauseMs} ms`;
    const gone = await TestClient.open(url, { isPlain: true });
    gone.send({ ...firstMessage, task });
    await delay(pauseMs);
    gone.socket.terminate();
    const back = await sendTask(engine, { more: { task } });
    await back.waitForStatus('completed');
    await back.close();
  }
  assert.equal((await chatsOf(engine)).length, 4);
});

test('a client whose old connection is silent gets its session: the old one is pinged first', async (t) => {
  const engine = await start(t);
  const [client, tab] = [await sendTask(engine), await sendTask(engine, { more: { task: 'In two tabs' } })];
  client.socket.pause(); // The socket is silent, as where its network is gone.
  const back = await sendTask(engine);
  assert.equal(back.sessionId, client.sessionId);
  await back.waitForStatus('completed');
  const second = await waitUntilHolds(async () => {
    const other = await sendTask(engine, { more: { task: 'In two tabs' } });
    assert.notEqual(other.sessionId, tab.sessionId); // A tab whose answer came late would be taken for cut off.
    return other;
  });
  client.socket.resume();
  await Promise.all([client, back, tab, second].map((each) => each.close()));
});

test('a client gets a session of its own where it asks for something else, for a new one, or for additions', async (t) => {
  const engine = await start(t, { MOCK_STEP_DELAY_MS: '0' });
  const client = await sendTask(engine, { more: { branch: 'main' } });
  await cutOff(client);
  await waitUntilInactive(engine);
  const others: FirstMessageOptions[] = [
    { user: 'eve', more: { branch: 'main' } },
    { more: { branch: 'main', task: 'Write hello moon' } },
    { more: { branch: 'main', projectId: 'p-2' } },
    { more: { branch: 'next' } },
    { more: { branch: 'main', new: true } },
    { more: { branch: 'main' }, query: '&features=ack' },
    { more: { branch: 'main' }, isPlain: false },
  ];
  for (const options of others) {
    const other = await sendTask(engine, options);
    assert.notEqual(other.sessionId, client.sessionId, JSON.stringify(options));
  }
  const back = await sendTask(engine, { more: { branch: 'main' } });
  assert.equal(back.sessionId, client.sessionId);
});

test('a client never gets a session that has ended, or whose client is there', async (t) => {
  const engine = await start(t, { MOCK_STEP_DELAY_MS: '0' });
  const client = await sendTask(engine);
  const second = await sendTask(engine);
  assert.notEqual(second.sessionId, client.sessionId);
  await Promise.all([client, second].map(cutOff));
  await waitUntilInactive(engine);
  for (const { sessionId } of [client, second]) await callAs(engine, 'ada', 'DELETE', `/api/v1/sessions/${sessionId}`);
  const third = await sendTask(engine);
  assert.ok(![client.sessionId, second.sessionId].includes(third.sessionId));
});

test('a client of a killed engine is told to come again until another engine has taken its session over', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const environment = { MOCK_STEP_DELAY_MS: '100' };
  const killed = await startEngineProcess(database.url, environment);
  const other = await startTestEngine({ databaseUrl: database.url, environment });
  t.after(() => other.close());
  const client = await sendTask(killed);
  await client.waitFor('a step', isStep);
  await killed.kill();
  await delay(2 * limits.runBeatIntervalMs); // The reference's page waits as long before it comes back.
  let again = await trySendTask(other);
  for (; again.frames[0]?.type === 'error'; again = await trySendTask(other)) {
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

test('a client that sends its task again without RECONNECT_GRACE gets another session', async (t) => {
  const engine = await start(t, { MOCK_STEP_DELAY_MS: '0', RECONNECT_GRACE: '0' });
  const client = await sendTask(engine);
  await cutOff(client);
  await waitUntilInactive(engine);
  assert.notEqual((await sendTask(engine)).sessionId, client.sessionId);
});

test('a client of an engine that was killed gets its session at the next one, in mid-turn and idle', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const killed = await startEngineProcess(database.url, { MOCK_STEP_DELAY_MS: '100' });
  const resting = await sendTask(killed, { more: { task: 'Be done' } });
  await resting.waitForStatus('completed');
  const client = await sendTask(killed);
  await client.waitFor('a step', isStep);
  await killed.kill();
  const next = await startEngineProcess(database.url, { MOCK_STEP_DELAY_MS: '100' });
  t.after(() => next.kill());
  const back = await sendTask(next);
  assert.equal(back.sessionId, client.sessionId);
  await back.waitForStatus('completed');
  assert.equal(namesOf(back).filter((name) => name === 'InitialTask').length, 0);
  const rested = await sendTask(next, { more: { task: 'Be done' } });
  assert.equal(rested.sessionId, resting.sessionId);
  assert.equal((await chatsOf(next)).length, 2);

  assert.equal(await next.terminate(), 0); // A drain and a restart are no different.
  const last = await startEngineProcess(database.url, {});
  t.after(() => last.kill());
  assert.equal((await sendTask(last)).sessionId, client.sessionId);
});
