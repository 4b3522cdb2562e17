// A request with an Idempotency-Key is done once and gets one answer, also after a restart or a lost answer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPool, type DatabasePool, sql } from 'slonik';
import { TestClient } from '../../testing/client.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { startEngineProcess } from '../../testing/process.ts';
import { callAs, waitUntil } from '../../testing/rest.ts';

type Created = { status: string; sessionId: string; message: string };
type Accepted = { status: string; sessionId: string; id: string; sequence: number };
type Problem = { code: string; detail: string; status: number; errors?: { path: string; message: string }[] };
type Message = { content: string; role: string };

const sessions = '/api/v1/sessions';

let database: TestDatabase;
let pool: DatabasePool;
let engine: TestEngine;
before(async () => {
  database = await createTestDatabase();
  engine = await startTestEngine({ databaseUrl: database.url });
  pool = await createPool(database.url);
});
after(async () => {
  await engine?.close();
  await pool?.end();
  await database?.drop();
});

const post = <Body>(user: string, path: string, key: string, body: unknown, on: { http: string } = engine) =>
  callAs<Body>(on, user, 'POST', path, body, { 'Idempotency-Key': key });
const create = (user: string, key: string, body: object, on?: { http: string }) =>
  post<Created & Problem>(user, sessions, key, body, on);
const send = (user: string, sessionId: string, key: string, content: string, on?: { http: string }) =>
  post<Accepted & Problem>(user, `${sessions}/${sessionId}/messages`, key, { content }, on);

const count = (query: ReturnType<typeof sql.unsafe>) => pool.oneFirst(query).then(Number);
const sessionsOf = (user: string) =>
  count(sql.unsafe`SELECT count(*) FROM lucid_engine.agent_sessions WHERE user_id = ${user}`);
const chatsOf = (user: string) => count(sql.unsafe`SELECT count(*) FROM chat_sessions WHERE user_id = ${user}`);
const messagesIn = (sessionId: string) =>
  count(sql.unsafe`
    SELECT count(*) FROM lucid_engine.chat_messages m JOIN lucid_engine.agent_sessions s ON s.chat_id = m.session_id
    WHERE s.id = ${sessionId} AND m.event_type = 'UserMessage'`);

async function startSession(user: string, key = 'ready'): Promise<string> {
  const { body } = await create(user, key, { task: 'Begin', autoStart: true });
  return body.sessionId;
}

test('a repeated request to create a session makes one session and gets the same answer', async () => {
  const body = { task: 'Once', autoStart: true, api_key: 'sk-of-the-caller', projectId: 'p-1' };
  const first = await create('once', 'k-1', body);
  assert.equal(first.status, 200);
  const { projectId, ...rest } = body;
  for (const again of [body, { projectId, ...rest }])
    assert.deepEqual((await create('once', 'k-1', again)).body, first.body);
  assert.deepEqual([await sessionsOf('once'), await chatsOf('once')], [1, 1]);
  const listed = await callAs<{ sessions: { sessionId: string }[] }>(engine, 'once', 'GET', sessions);
  assert.deepEqual(
    listed.body.sessions.map(({ sessionId }) => sessionId),
    [first.body.sessionId],
  );
});

test('many requests at once with one key make one session', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => create('crowd', 'k', { task: 'All at once' })));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
  assert.deepEqual([await sessionsOf('crowd'), await chatsOf('crowd')], [1, 1]);
});

test('another request with the same key gets 422, also at the same time, and changes nothing', async () => {
  const { body } = await create('other', 'k', { task: 'This' });
  for (const changed of [{ task: 'That' }, { task: 'This', autoStart: true }, { task: 'This', gitToken: 'ghp_1' }]) {
    const refused = await create('other', 'k', changed);
    assert.deepEqual([refused.status, refused.body.code], [422, 'idReused']);
  }
  const raced = await Promise.all(['x', 'y'].map((task) => create('other', 'race', { task })));
  assert.deepEqual(raced.map(({ status }) => status).sort(), [200, 422]);
  assert.equal(await sessionsOf('other'), 2);
  assert.equal((await create('other', 'k', { task: 'This' })).body.sessionId, body.sessionId);
});

test('a request with another user’s key, another key or none makes a session of its own', async () => {
  const ids = [
    (await create('mine', 'k', { task: 'Same' })).body.sessionId,
    (await create('yours', 'k', { task: 'Same' })).body.sessionId,
    (await create('mine', 'k2', { task: 'Same' })).body.sessionId,
    (await callAs<Created>(engine, 'mine', 'POST', sessions, { task: 'Same' })).body.sessionId,
    (await callAs<Created>(engine, 'mine', 'POST', sessions, { task: 'Same' })).body.sessionId,
  ];
  assert.equal(new Set(ids).size, 5);
});

test('a request that was refused leaves its key free', async () => {
  const refused = await create('second-try', 'k', { task: 'Clone', repoUrl: 'file:///etc' });
  assert.deepEqual([refused.status, refused.body.code], [400, 'badRepoUrl']);
  assert.equal((await create('second-try', 'k', { task: 'Clone', repoUrl: 'https://github.com/a/b' })).status, 200);
});

test('a key that is not visible ASCII of at most 255 characters gets 422 that says so', async () => {
  for (const [key, message] of [
    ['x'.repeat(256), 'must be at most 255 characters'],
    ['two words', 'must be visible ASCII characters without a space'],
    ['caf\u00e9-1', 'must be visible ASCII characters without a space'],
  ] as const) {
    for (const path of [sessions, `${sessions}/any/messages`]) {
      const { status, body } = await post<Problem>('odd', path, key, { task: 'x', content: 'x' });
      assert.deepEqual([status, body.code, body.errors], [422, 'invalid', [{ path: 'Idempotency-Key', message }]]);
    }
  }
  assert.equal((await create('odd', '!'.repeat(255), { task: 'x' })).status, 200);
});

test('a message over REST is stored before it is answered, and the agent reads it', async () => {
  const sessionId = await startSession('talker');
  const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('talker')}&session_id=${sessionId}`);
  const done = await client.waitForStatus('completed');
  const { status, body } = await callAs<Accepted>(engine, 'talker', 'POST', `${sessions}/${sessionId}/messages`, {
    content: 'Now add tests',
    id: 'my-id',
  });
  assert.equal(status, 200);
  assert.deepEqual(body, { status: 'accepted', sessionId, id: 'my-id', sequence: body.sequence });
  assert.equal(await messagesIn(sessionId), 1);
  const acknowledged = await client.waitFor('ack', (frame) => frame.id === 'my-id');
  assert.equal(acknowledged.sequence, body.sequence);
  await client.waitForStatus('completed', done.sequence);
  const unnamed = await callAs<Accepted>(engine, 'talker', 'POST', `${sessions}/${sessionId}/messages`, {
    content: 'x',
  });
  assert.ok(unnamed.body.id && unnamed.body.sequence > body.sequence);
  await client.close();
});

test('a message to a session that waits for its first client starts it, and the task comes first', async () => {
  const { sessionId } = (await create('waiter', 'k', { task: 'The task' })).body;
  assert.equal((await send('waiter', sessionId, 'm', 'And this')).status, 200);
  const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('waiter')}&session_id=${sessionId}`);
  await client.waitForStatus('completed');
  const said = client.events.filter((frame) => frame.type === 'ack').map((frame) => frame.content);
  assert.deepEqual(said, ['The task', 'And this']);
  await client.close();
});

test('a repeated message is one command with one answer, however often it comes at once', async () => {
  const sessionId = await startSession('repeater');
  const answers = await Promise.all(Array.from({ length: 10 }, () => send('repeater', sessionId, 'm-1', 'Once')));
  answers.push(await send('repeater', sessionId, 'm-1', 'Once'));
  for (const { status, body } of answers) assert.deepEqual([status, body], [200, answers[0]?.body]);
  assert.equal(answers[0]?.body.id, 'm-1');
  assert.equal(await messagesIn(sessionId), 1);
  const refused = await send('repeater', sessionId, 'm-1', 'Another');
  assert.deepEqual([refused.status, refused.body.code], [422, 'idReused']);
  const raced = await Promise.all(['x', 'y'].map((content) => send('repeater', sessionId, 'race', content)));
  assert.deepEqual(raced.map(({ status }) => status).sort(), [200, 422]);
  assert.equal(await messagesIn(sessionId), 2);
});

test('a repeated message with a secret in it gets the same answer', async () => {
  const body = { task: 'Begin', autoStart: true, gitToken: 'ghp_a_secret_1' };
  const { sessionId } = (await create('secretive', 'k', body)).body;
  const first = await send('secretive', sessionId, 'm', 'Push with ghp_a_secret_1');
  assert.equal(first.status, 200);
  assert.deepEqual((await send('secretive', sessionId, 'm', 'Push with ghp_a_secret_1')).body, first.body);
});

test('a message that was sent over WebSocket gets its acknowledgement over REST by the same id', async () => {
  const sessionId = await startSession('both-ways');
  const client = await TestClient.open(
    `${engine.ws}?token=${await signTestToken('both-ways')}&session_id=${sessionId}`,
  );
  client.send({ type: 'message', id: 'shared', content: 'Hello' });
  const acknowledged = await client.waitFor('ack', (frame) => frame.id === 'shared');
  const { body } = await send('both-ways', sessionId, 'shared', 'Hello');
  assert.equal(body.sequence, acknowledged.sequence);
  await client.close();
});

test('a user whose message is refused is told why: no session 404, not yours 403, ended 409, empty 422', async () => {
  const sessionId = await startSession('owner');
  const before = await send('owner', sessionId, 'm-1', 'While it lives');
  const refusals = async (user: string, id: string, content: string) => {
    const { status, body } = await send(user, id, 'm-2', content);
    return [status, body.code];
  };
  assert.deepEqual(await refusals('owner', 'no-such-session', 'x'), [404, 'noSuchSession']);
  assert.deepEqual(await refusals('stranger', sessionId, 'x'), [403, 'notYours']);
  assert.deepEqual(await refusals('owner', sessionId, ' '), [422, 'invalid']);
  await callAs(engine, 'owner', 'DELETE', `${sessions}/${sessionId}`);
  assert.deepEqual(await refusals('owner', sessionId, 'x'), [409, 'sessionEnded']);
  assert.deepEqual((await send('owner', sessionId, 'm-1', 'While it lives')).body, before.body);
  const created = await create('owner', 'ready', { task: 'Begin', autoStart: true });
  assert.deepEqual([created.status, created.body.sessionId], [200, sessionId]);
});

test('a repeated message, or one whose id is taken, activates no passivated session', async (t) => {
  const sleepy = await startTestEngine({ environment: { RECONNECT_GRACE: '0' } });
  t.after(() => sleepy.close());
  const live = async () => (await callAs<{ sessions: object[] }>(sleepy, 'sleeper', 'GET', sessions)).body.sessions;
  const { sessionId } = (await create('sleeper', 'k', { task: 'Begin', autoStart: true }, sleepy)).body;
  const first = await send('sleeper', sessionId, 'm', 'Go on', sleepy);
  await waitUntil(async () => (await live()).length === 0);
  assert.deepEqual((await send('sleeper', sessionId, 'm', 'Go on', sleepy)).body, first.body);
  assert.equal((await send('sleeper', sessionId, 'm', 'Something else', sleepy)).body.code, 'idReused');
  assert.deepEqual(await live(), []);
});

test('a repeated request gets the answer that a killed engine stored and never sent', async (t) => {
  const own = await createTestDatabase(); // Another engine on the database would take over what the killed ones leave.
  t.after(() => own.drop());
  const rows = await createPool(own.url);
  t.after(() => rows.end());
  const count = (table: string) =>
    rows.oneFirst(sql.unsafe`SELECT count(*) FROM ${sql.identifier(table.split('.'))}`).then(Number);
  const environment = { HOST_THREADS: '1' };
  const doomed = await startEngineProcess(own.url, environment);
  const lost = create('unlucky', 'k', { task: 'Begin' }, doomed).catch(() => 'no answer');
  await waitUntil(async () => (await count('lucid_engine.agent_sessions')) === 1);
  await doomed.kill();
  await lost;
  const next = await startEngineProcess(own.url, environment);
  try {
    const { status, body } = await create('unlucky', 'k', { task: 'Begin' }, next);
    assert.equal(status, 200);
    assert.deepEqual([await count('lucid_engine.agent_sessions'), await count('public.chat_sessions')], [1, 1]);
    const refused = await create('unlucky', 'k', { task: 'Something else' }, next);
    assert.equal(refused.body.code, 'idReused');
    const first = await send('unlucky', body.sessionId, 'm', 'Go on', next);
    await next.kill();
    const last = await startEngineProcess(own.url, environment);
    try {
      assert.deepEqual((await send('unlucky', body.sessionId, 'm', 'Go on', last)).body, first.body);
      const sent = sql.unsafe`SELECT count(*) FROM lucid_engine.chat_messages WHERE event_type = 'UserMessage'`;
      assert.equal(await rows.oneFirst(sent).then(Number), 1);
    } finally {
      await last.kill();
    }
  } finally {
    await next.kill();
  }
});

test('a chat shows a repeated message once', async () => {
  const sessionId = await startSession('reader');
  for (let time = 0; time < 3; time++) await send('reader', sessionId, 'm', 'Only once');
  const { body } = await callAs<{ chats: { id: string }[] }>(engine, 'reader', 'GET', '/api/v1/chats');
  const chat = await callAs<{ messages: Message[] }>(engine, 'reader', 'GET', `/api/v1/chats/${body.chats[0]?.id}`);
  assert.equal(chat.body.messages.filter(({ content }) => content === 'Only once').length, 1);
});

test('a repeated request makes another session once the chat is deleted', async () => {
  const body = { task: 'Again', autoStart: true };
  const { body: first } = await create('again', 'k-1', body);
  const { body: report } = await callAs<{ chatId: string }>(engine, 'again', 'GET', `${sessions}/${first.sessionId}`);
  assert.equal((await callAs(engine, 'again', 'DELETE', `/api/v1/chats/${report.chatId}`)).status, 200);
  const second = await create('again', 'k-1', body);
  assert.deepEqual([second.status, second.body.sessionId], [200, first.sessionId]);
  const now = await callAs<{ chatId: string }>(engine, 'again', 'GET', `${sessions}/${first.sessionId}`);
  assert.notEqual(now.body.chatId, report.chatId);
});
