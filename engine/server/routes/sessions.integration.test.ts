// A user creates, lists and stops sessions over REST, and clients attach to them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPool, sql } from 'slonik';
import { FakeProvider } from '../../../actors/testing/provider/fake-provider.ts';
import { TestClient } from '../../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs } from '../../testing/rest.ts';

type Created = { status: string; sessionId: string; message: string };
type Listed = { sessionId: string; userId: string; task: string; isAlive: boolean; createdAt: string };
type Problem = { code: string; detail: string; status: number; errors?: { path: string; message: string }[] };
type Chat = { id: string; agentSessionId: string; projectId: string | null; title: string; modelProvider: string };

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/;
const sessions = '/api/v1/sessions';

let fakeProvider: FakeProvider;
let engine: TestEngine;
before(async () => {
  fakeProvider = await FakeProvider.open();
  engine = await startTestEngine({ environment: { LLM_BASE_URL: fakeProvider.url } });
});
after(async () => {
  await engine?.close();
  await fakeProvider?.close();
});

const call = <Body>(user: string, method: string, path: string, body?: unknown) =>
  callAs<Body>(engine, user, method, path, body);

async function create(user: string, body: object): Promise<string> {
  const answer = await call<Created>(user, 'POST', sessions, body);
  assert.equal(answer.status, 200);
  return answer.body.sessionId;
}

async function chatOf(user: string, sessionId: string): Promise<Chat> {
  const { body } = await call<{ chats: Chat[] }>(user, 'GET', '/api/v1/chats?limit=100');
  const chat = body.chats.find((candidate) => candidate.agentSessionId === sessionId);
  assert.ok(chat);
  return chat;
}

test('a new session has the answer of the reference, and is stored already', async () => {
  const answer = await call<Created>('creator', 'POST', sessions, {
    task: 'Create a REST API with Express.js',
    repoUrl: 'https://github.com/user/repo',
    gitToken: 'ghp_xxxx',
    gitUserName: 'John Doe',
    gitUserEmail: 'john@example.com',
    projectId: 'proj-123',
    model_provider: 'anthropic',
    api_key: 'sk-ant-xxxx',
  });
  assert.equal(answer.status, 200);
  assert.match(answer.body.sessionId, uuidPattern);
  assert.deepEqual(answer.body, {
    status: 'ready', // A caller's own key makes a real agent, also on an engine without keys.
    sessionId: answer.body.sessionId,
    message: 'Agent session initialized. Connect via WebSocket to start.',
  });
  const played = await call<Created>('creator', 'POST', sessions, { task: 'Without a key' });
  assert.equal(played.body.status, 'mock');
  const chat = await chatOf('creator', answer.body.sessionId);
  assert.equal(chat.title, 'Create a REST API with Express.js');
  assert.equal(chat.projectId, 'proj-123');
  assert.equal(chat.modelProvider, 'anthropic');
});

test('a body may spell the provider and the key in both of the reference’s ways', async () => {
  for (const spelling of ['model_provider', 'modelProvider']) {
    const sessionId = await create('speller', { task: spelling, [spelling]: 'google' });
    assert.equal((await chatOf('speller', sessionId)).modelProvider, 'google');
    const wrong = await call<Problem>('speller', 'POST', sessions, { task: 'x', [spelling]: 'mistral' });
    assert.equal(wrong.status, 400);
    assert.equal(wrong.body.code, 'badProvider');
    assert.equal(typeof wrong.body.detail, 'string');
  }
  for (const spelling of ['api_key', 'apiKey']) {
    await create('speller', { task: spelling, [spelling]: 'sk-ant-of-the-caller' });
    const wrong = await call<Problem>('speller', 'POST', sessions, { task: 'x', [spelling]: 7 });
    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.body.errors, [{ path: spelling, message: 'must be a string' }]);
  }
});

test('a provider that is named, and that an engine with another’s key has none for, is refused', async (t) => {
  const keyed = await startTestEngine({ environment: { LLM_BASE_URL: fakeProvider.url, OPENAI_API_KEY: 'sk-own' } });
  t.after(() => keyed.close());
  const ask = <Body>(body: object) => callAs<Body>(keyed, 'chooser', 'POST', sessions, { task: 'x', ...body });
  for (const spelling of ['modelProvider', 'model_provider']) {
    const message = 'needs a key for anthropic, which the engine has not: bring one in apiKey, or take openai';
    const refused = await ask<Problem>({ [spelling]: 'anthropic' });
    assert.deepEqual([refused.status, refused.body.code], [422, 'invalid']);
    assert.deepEqual(refused.body.errors, [{ path: spelling, message }]);
  }
  const answers = [{ modelProvider: 'openai' }, { modelProvider: 'anthropic', apiKey: 'sk-ant-of-the-caller' }, {}];
  const statuses = await Promise.all(answers.map(async (body) => (await ask<Created>(body)).body.status));
  assert.deepEqual(statuses, ['ready', 'ready', 'mock']); // Who names none has the default, which a script plays.
  const client = await TestClient.open(`${keyed.ws}?token=${await signTestToken('chooser')}`);
  client.sendRaw({ task: 'x', modelProvider: 'google' });
  const told = await client.waitForType('error');
  assert.deepEqual([told.code, told.message?.includes('needs a key for google')], ['invalid', true]);
});

test('keys and git tokens are stored in no row', async () => {
  const secrets = { api_key: 'sk-ant-secret-1', gitToken: 'ghp_secret_1' };
  await create('keeper', { task: 'one', autoStart: true, ...secrets });
  const client = await TestClient.start(engine.ws, await signTestToken('keeper'), 'two', {
    ...secrets,
    apiKey: 'sk-secret-2',
  });
  await client.waitForStatus('completed');
  await client.close();
  const pool = await createPool(engine.databaseUrl);
  const rows = await pool.any(sql.unsafe`
    SELECT m::text AS text FROM lucid_engine.chat_messages m UNION ALL
    SELECT c::text FROM chat_sessions c UNION ALL
    SELECT a::text FROM lucid_engine.agent_sessions a`);
  await pool.end();
  assert.ok(rows.length > 0);
  assert.doesNotMatch(JSON.stringify(rows), /secret_?-?[12]/);
});

test('a body without a usable task gets 422 that says what is wrong', async () => {
  const refused = async (body: unknown) => {
    const answer = await call<Problem>('clumsy', 'POST', sessions, body);
    assert.equal(answer.status, 422);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.deepEqual(Object.keys(answer.body).sort(), ['code', 'detail', 'errors', 'status', 'title', 'type']);
    assert.equal(answer.body.code, 'invalid');
    return answer.body.errors;
  };
  assert.deepEqual(await refused({}), [{ path: 'task', message: 'is required' }]);
  assert.deepEqual(await refused({ task: '' }), [{ path: 'task', message: 'must not be empty' }]);
  assert.deepEqual(await refused({ task: ' \n\t' }), [{ path: 'task', message: 'must not be empty' }]);
  assert.deepEqual(await refused({ task: 5 }), [{ path: 'task', message: 'must be a string' }]);
  assert.deepEqual(await refused({ task: 'x'.repeat(100_001) }), [
    { path: 'task', message: 'must be at most 100000 characters' },
  ]);
  assert.deepEqual(await refused({ task: 'x', autoStart: 'yes' }), [
    { path: 'autoStart', message: 'must be true or false' },
  ]);
  assert.deepEqual((await call('clumsy', 'GET', sessions)).body, { sessions: [] });
});

test("a user's own live sessions are listed, with the fields of the reference", async () => {
  const first = await create('lister', { task: 'first' });
  const second = await create('lister', { task: 'second' });
  const foreign = await create('neighbour', { task: 'not yours' });
  const { status, body } = await call<{ sessions: Listed[] }>('lister', 'GET', sessions);
  assert.equal(status, 200);
  assert.deepEqual(
    body.sessions,
    [first, second].map((sessionId, at) => ({
      sessionId,
      userId: 'lister',
      task: ['first', 'second'][at],
      isAlive: true,
      createdAt: body.sessions[at]?.createdAt,
    })),
  );
  for (const listed of body.sessions) assert.match(listed.createdAt, timePattern);
  const others = await call<{ sessions: Listed[] }>('neighbour', 'GET', sessions);
  assert.deepEqual(
    others.body.sessions.map((listed) => listed.sessionId),
    [foreign],
  );
});

test('a session is stopped by its owner only, once, and is then not listed', async () => {
  const sessionId = await create('owner', { task: 'to be stopped' });
  const foreign = await call<Problem>('stranger', 'DELETE', `${sessions}/${sessionId}`);
  assert.equal(foreign.status, 403);
  assert.equal(foreign.body.code, 'notYours');
  const stopped = await call('owner', 'DELETE', `${sessions}/${sessionId}`);
  assert.equal(stopped.status, 200);
  assert.deepEqual(stopped.body, {
    status: 'stopped',
    sessionId,
    message: 'Session stopped and resources cleaned up.',
  });
  assert.deepEqual((await call('owner', 'GET', sessions)).body, { sessions: [] });
  for (const id of [sessionId, 'no-such-session', '%00', '%f0%28%8c']) {
    const again = await call<Problem>('owner', 'DELETE', `${sessions}/${id}`);
    assert.equal(again.status, 404);
    assert.equal(again.body.code, 'noSuchSession');
  }
});

test('a client of a session that is stopped over REST is told so and closed with 1000', async () => {
  const client = await TestClient.start(engine.ws, await signTestToken('watcher'), 'watch me');
  await client.waitForStatus('completed');
  const stopped = await call('watcher', 'DELETE', `${sessions}/${client.sessionId}`);
  assert.equal(stopped.status, 200);
  await client.waitForStatus('stopping');
  await client.waitForStatus('stopped');
  assert.equal(await client.closed, 1000);
  assert.deepEqual((await call('watcher', 'GET', sessions)).body, { sessions: [] });
});

test('a session waits for its first client, which attaches by URL, by first message, or by its token’s claim', async () => {
  const ways = {
    url: async (sessionId: string) =>
      TestClient.open(`${engine.ws}?token=${await signTestToken('joiner')}&session_id=${sessionId}`),
    firstMessage: async (sessionId: string) => {
      const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('joiner')}`);
      client.send({ session_id: sessionId });
      return client;
    },
    claim: async (sessionId: string) =>
      TestClient.open(`${engine.ws}?token=${await signTestToken('joiner', { sessionId })}`),
  };
  for (const [way, join] of Object.entries(ways)) {
    const sessionId = await create('joiner', { task: `joined by ${way}` });
    const client = await join(sessionId);
    const attached = await client.waitForType('attached');
    assert.equal(attached.sessionId, sessionId);
    assert.equal(attached.recovered, true);
    assert.ok(Number(attached.sequence) >= 0); // The session starts at once, and may have events already.
    const task = await client.waitFor('task', (frame) => frame.eventType === 'InitialTask');
    assert.equal(task.content, `joined by ${way}`);
    await client.waitForStatus('completed');
    assert.deepEqual(
      client.events.map((frame) => frame.sequence),
      client.events.map((_, at) => at + 1),
    );
    await client.close();
  }
});

test('a session with autoStart runs without a client, and a late client gets all its events', async () => {
  const answer = await call<Created>('starter', 'POST', sessions, { task: 'go ahead', autoStart: true });
  assert.equal(answer.status, 200);
  assert.deepEqual(Object.keys(answer.body), ['status', 'sessionId', 'message']);
  const token = await signTestToken('starter');
  const client = await TestClient.open(`${engine.ws}?token=${token}&session_id=${answer.body.sessionId}`);
  await client.waitForStatus('completed');
  assert.deepEqual(
    client.events.slice(0, 4).map((frame) => frame.eventType ?? frame.status),
    ['initializing', 'InitialTask', 'mock_mode', 'ThinkAction'],
  );
  await client.close();
});

test("a client that attached by its token's claim may send the session's task again, or another as a message", async () => {
  const sessionId = await create('claimant', { task: 'the task' });
  const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('claimant', { sessionId })}`);
  client.send({ task: 'the task' });
  const completed = await client.waitForStatus('completed');
  client.send({ task: 'another task', id: 'more' });
  const more = await client.waitFor('ack of more', (frame) => frame.type === 'ack' && frame.id === 'more');
  assert.equal(more.eventType, 'UserMessage');
  await client.waitForStatus('completed', completed.sequence);
  assert.equal(client.events.filter((frame) => frame.type === 'ack').length, 2);
  await client.close();
});

test('a client whose claim names no session of its own gets a new one for its task', async () => {
  const foreign = await create('neighbour', { task: 'not yours' });
  for (const sessionId of ['no-such-session', foreign]) {
    const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('fresh', { sessionId })}`);
    client.send({ task: 'my own' });
    await client.waitForStatus('completed');
    assert.notEqual(client.sessionId, sessionId);
    await client.close();
  }
});

test('a session has the project of its body, or else of its token', async () => {
  const token = await signTestToken('planner', { projectId: 'of-token' });
  const post = async (body: object) => {
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await fetch(engine.http + sessions, { method: 'POST', headers, body: JSON.stringify(body) });
    return ((await answer.json()) as Created).sessionId;
  };
  assert.equal((await chatOf('planner', await post({ task: 'a' }))).projectId, 'of-token');
  assert.equal((await chatOf('planner', await post({ task: 'a', projectId: 'of-body' }))).projectId, 'of-body');
});
