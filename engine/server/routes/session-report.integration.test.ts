// A client that uses REST alone learns whether a session is done: its state, its last turn's end, its usage, and `isActive`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestClient } from '../../testing/client.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { TestStream } from '../../testing/event-stream.ts';
import { callAs, waitUntil } from '../../testing/rest.ts';

type Report = {
  sessionId: string;
  chatId: string;
  task: string;
  title: string;
  state: string;
  isAlive: boolean;
  isActive: boolean;
  watchers: number;
  lastTurn: { reason: string; message: string } | null;
  usage: { turns: number; steps: number; durationMs: number };
  code: string;
};

const sessions = '/api/v1/sessions';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine({ environment: { MOCK_STEP_DELAY_MS: '1200' } });
});
after(() => engine?.close());

const call = <Body>(user: string, method: string, path: string, body?: unknown) =>
  callAs<Body>(engine, user, method, path, body);

async function create(user: string, body: object): Promise<string> {
  const answer = await call<Report>(user, 'POST', sessions, { task: 'Write hello world', ...body });
  assert.equal(answer.status, 200);
  return answer.body.sessionId;
}

const read = (user: string, sessionId: string) => call<Report>(user, 'GET', `${sessions}/${sessionId}`);
const reportOf = async (user: string, sessionId: string) => (await read(user, sessionId)).body;

async function isChatActive(user: string, { chatId }: Report): Promise<boolean> {
  const { body } = await call<{ isActive: boolean }>(user, 'GET', `/api/v1/chats/${chatId}`);
  return body.isActive;
}

test('a session without a client is working and active, and then idle and inactive', async () => {
  const sessionId = await create('alone', { autoStart: true });
  const begun = await reportOf('alone', sessionId);
  assert.partialDeepStrictEqual(begun, { sessionId, state: 'working', isAlive: true, isActive: true, lastTurn: null });
  assert.equal(await isChatActive('alone', begun), true);
  await waitUntil(async () => (await reportOf('alone', sessionId)).state === 'idle');
  await waitUntil(async () => !(await reportOf('alone', sessionId)).isActive);
  const done = await reportOf('alone', sessionId);
  assert.equal(done.lastTurn?.reason, 'finished');
  assert.equal(await isChatActive('alone', done), false);
  assert.partialDeepStrictEqual(done.usage, { turns: 1, steps: 5, inputTokens: 0 });
  assert.ok(done.usage.durationMs > 0);

  await call('alone', 'POST', `${sessions}/${sessionId}/messages`, { content: 'Now tests' });
  assert.partialDeepStrictEqual(await reportOf('alone', sessionId), { state: 'working', isActive: true });
  await waitUntil(async () => (await reportOf('alone', sessionId)).state === 'idle');
  assert.partialDeepStrictEqual((await reportOf('alone', sessionId)).usage, { turns: 2, steps: 8 });
});

test('a session is active until its client has left and its turn has ended', async () => {
  const client = await TestClient.start(engine.ws, await signTestToken('leaver'), 'Write hello world');
  const { sessionId } = client;
  const completed = await client.waitForStatus('completed');
  assert.partialDeepStrictEqual(await reportOf('leaver', sessionId), { state: 'idle', isActive: true });
  client.send({ type: 'message', id: 'more', content: 'More' });
  await client.waitFor('ack', ({ id }) => id === 'more');
  await client.close();
  assert.partialDeepStrictEqual(await reportOf('leaver', sessionId), { state: 'working', isActive: true });
  await waitUntil(async () => !(await reportOf('leaver', sessionId)).isActive);
  const { usage, state } = await reportOf('leaver', sessionId);
  assert.deepEqual([usage.turns, state], [2, 'idle']);
  assert.ok(completed.sequence);
});

test('a session says how many connections and streams follow it', async () => {
  const token = await signTestToken('watched');
  const client = await TestClient.start(engine.ws, token, 'Write hello world');
  const { sessionId } = client;
  const second = await TestClient.open(`${engine.ws}?token=${token}&session_id=${sessionId}`);
  await second.waitForType('attached');
  const stream = await TestStream.open(`${engine.http}${sessions}/${sessionId}/events`, backEndHeadersOf('watched'));
  await stream.waitFor('attached', ({ type }) => type === 'attached');
  assert.equal((await reportOf('watched', sessionId)).watchers, 3);
  await second.close();
  stream.cut();
  await waitUntil(async () => (await reportOf('watched', sessionId)).watchers === 1);
  await client.close();
});

test('a session that waits for its first client is `created`, and a stopped one `stopped`', async () => {
  const sessionId = await create('owner', {});
  const waiting = await reportOf('owner', sessionId);
  assert.partialDeepStrictEqual(waiting, { state: 'created', isAlive: true, isActive: false, lastTurn: null });
  await call('owner', 'DELETE', `${sessions}/${sessionId}`);
  assert.partialDeepStrictEqual(await reportOf('owner', sessionId), {
    state: 'stopped',
    isAlive: false,
    isActive: false,
  });
});

test('a session says the title of its chat, and the task that it was given', async () => {
  const sessionId = await create('namer', { task: 'Write\nhello world' });
  const { chatId, title } = await reportOf('namer', sessionId);
  assert.equal(title, 'Write hello world');
  await call('namer', 'PATCH', `/api/v1/chats/${chatId}`, { title: 'Greetings' });
  assert.partialDeepStrictEqual(await reportOf('namer', sessionId), { title: 'Greetings', task: 'Write\nhello world' });
});

test('a session is read by its owner only', async () => {
  const sessionId = await create('owner', {});
  const eve = await read('eve', sessionId);
  assert.deepEqual([eve.status, eve.body.code], [403, 'notYours']);
  const nobodys = await read('owner', '01a20796-a6ea-76b4-b1d8-9effe2c88dc3');
  assert.deepEqual([nobodys.status, nobodys.body.code], [404, 'noSuchSession']);
  assert.equal((await fetch(`${engine.http}${sessions}/${sessionId}`)).status, 401);
});

test('a session that is read is not activated by it', async (t) => {
  const quiet = await startTestEngine({ environment: { RECONNECT_GRACE: '0' } });
  t.after(() => quiet.close());
  const { body } = await callAs<Report>(quiet, 'ada', 'POST', sessions, { task: 'x', autoStart: true });
  const countLive = async () =>
    (await callAs<{ sessions: unknown[] }>(quiet, 'ada', 'GET', sessions)).body.sessions.length;
  await waitUntil(async () => (await countLive()) === 0);
  const report = await callAs<Report>(quiet, 'ada', 'GET', `${sessions}/${body.sessionId}`);
  assert.partialDeepStrictEqual(report.body, { state: 'idle', isAlive: true });
  assert.equal(await countLive(), 0);
});
