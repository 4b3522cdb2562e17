// A user lists, reads, renames and deletes chats over REST, the user's own only.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPool, type DatabasePool, sql } from 'slonik';
import { TestClient } from '../../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs, waitUntil } from '../../testing/rest.ts';

type Chat = {
  id: string;
  agentSessionId: string;
  projectId: string | null;
  title: string;
  modelProvider: string;
  isActive: boolean;
  createdAt: string;
  updatedAt: string;
};
type Message = { id: string; role: string; content: string; eventType: string; sequence: number; createdAt: string };
type Page = { messages: Message[]; nextAfterSequence: number | null };
type Problem = { code: string; status: number; detail: string };

const chats = '/api/v1/chats';
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/;

let engine: TestEngine;
let pool: DatabasePool;
before(async () => {
  engine = await startTestEngine();
  pool = await createPool(engine.databaseUrl);
});
after(async () => {
  await pool?.end();
  await engine?.close();
});

const call = <Body>(user: string, method: string, path: string, body?: unknown) =>
  callAs<Body>(engine, user, method, path, body);

async function list(user: string, query = ''): Promise<Chat[]> {
  const { status, body } = await call<{ chats: Chat[] }>(user, 'GET', `${chats}${query}`);
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), ['chats']);
  return body.chats;
}

/** The chat's session waits for its client, so that nothing else is written to it. */
async function createChat(user: string, task: string): Promise<Chat> {
  await call(user, 'POST', '/api/v1/sessions', { task });
  const chat = (await list(user)).find((candidate) => candidate.title === task);
  assert.ok(chat);
  return chat;
}

/** Every tenth message is the system's; the others are the user's and the agent's in turn. */
const fillChat = (chatId: string, messages: number) =>
  pool.query(sql.unsafe`
    INSERT INTO lucid_engine.chat_messages (id, session_id, role, content, event_type, sequence, epoch)
    SELECT ${chatId} || '-' || n, ${chatId},
      CASE WHEN n % 10 = 0 THEN 'system' WHEN n % 2 = 0 THEN 'user' ELSE 'assistant' END,
      'message ' || n, 'UserMessage', n, 1
    FROM generate_series(1, ${messages}::int) AS n`);

test('a chat has the fields of the reference, and system messages only where they are asked for', async () => {
  const client = await TestClient.start(engine.ws, await signTestToken('reader'), 'Create an API', {
    projectId: 'proj-1',
  });
  await client.waitForStatus('completed');
  await client.close();
  await waitUntil(async () => (await list('reader'))[0]?.isActive === false);
  const [chat] = await list('reader');
  assert.ok(chat);
  const { id, createdAt, updatedAt } = chat;
  const fields = { id, agentSessionId: client.sessionId, projectId: 'proj-1', title: 'Create an API' };
  assert.deepEqual(chat, { ...fields, modelProvider: 'anthropic', isActive: false, createdAt, updatedAt });
  for (const time of [createdAt, updatedAt]) assert.match(time, timePattern);

  const whole = await call<Chat & { messages: Message[] }>('reader', 'GET', `${chats}/${id}`);
  const { messages, ...summary } = whole.body;
  assert.deepEqual({ ...summary, updatedAt }, chat);
  assert.deepEqual(
    messages.map((message) => `${message.role} ${message.eventType}`),
    [
      'user InitialTask',
      'assistant ThinkAction',
      'assistant CmdRunAction',
      'assistant CmdOutputObservation',
      'assistant FileWriteAction',
      'assistant FileWriteObservation',
      'assistant CmdRunAction',
      'assistant CmdOutputObservation',
      'assistant AgentFinishAction',
    ],
  );
  const first = messages[0];
  assert.ok(first);
  assert.match(first.createdAt, timePattern);
  const { id: messageId, createdAt: messageCreatedAt } = first;
  const fixed = { role: 'user', content: 'Create an API', eventType: 'InitialTask', metadataJson: null };
  assert.deepEqual(first, { id: messageId, ...fixed, createdAt: messageCreatedAt, sequence: 2 });

  const all = await call<{ messages: Message[] }>('reader', 'GET', `${chats}/${id}?include=system`);
  assert.deepEqual(
    all.body.messages.map((message) => message.sequence),
    client.events.map((frame) => frame.sequence),
  );
  assert.equal((await call<Problem>('reader', 'GET', `${chats}/${id}?include=everything`)).status, 422);
});

test('a chat’s title is its task in one line of at most 255 characters', async () => {
  const chat = await createChat('talker', 'short');
  assert.equal(chat.title, 'short');
  await call('talker', 'POST', '/api/v1/sessions', { task: `  Many\n\tlines ${'x'.repeat(500)}` });
  const [long] = await list('talker');
  assert.equal(long?.title, `Many lines ${'x'.repeat(244)}`);
});

test('chats are listed by their last message, newest first', async () => {
  const token = await signTestToken('writer');
  const older = await TestClient.start(engine.ws, token, 'older');
  await older.waitForStatus('completed');
  const newer = await TestClient.start(engine.ws, token, 'newer');
  await newer.waitForStatus('completed');
  const order = async () => (await list('writer')).map((chat) => chat.title).join();
  assert.equal(await order(), 'newer,older');
  older.send({ type: 'message', content: 'one more thing' });
  await waitUntil(async () => (await order()) === 'older,newer');
  const [first] = await list('writer');
  assert.ok(first && first.updatedAt > first.createdAt);
  await Promise.all([older.close(), newer.close()]);
});

test('a chat is active while a client is connected', async () => {
  const client = await TestClient.start(engine.ws, await signTestToken('visitor'), 'hello');
  assert.equal((await list('visitor'))[0]?.isActive, true);
  await client.close();
  await waitUntil(async () => (await list('visitor'))[0]?.isActive === false);
  const again = await TestClient.open(
    `${engine.ws}?token=${await signTestToken('visitor')}&session_id=${client.sessionId}`,
  );
  await waitUntil(async () => (await list('visitor'))[0]?.isActive === true);
  await again.close();
});

test('the list comes in pages of 50 unless asked otherwise; a bad page gets 422', async () => {
  await createChat('hoarder', 'seed');
  await pool.query(sql.unsafe`
    INSERT INTO chat_sessions (id, user_id, title, updated_at)
    SELECT 'hoarded-' || n, 'hoarder', 'chat ' || n, now() - n * interval '1 minute'
    FROM generate_series(1, 59) AS n`);
  assert.equal((await list('hoarder')).length, 50);
  const all = await list('hoarder', '?limit=100');
  assert.deepEqual(
    all.map((chat) => chat.title),
    ['seed', ...Array.from({ length: 59 }, (_, at) => `chat ${at + 1}`)],
  );
  assert.deepEqual(await list('hoarder', '?offset=57'), all.slice(57));
  assert.deepEqual(await list('hoarder', '?limit=3&offset=10'), all.slice(10, 13));
  assert.deepEqual(await list('hoarder', '?limit=1'), all.slice(0, 1));
  assert.deepEqual(await list('hoarder', '?offset=1000000'), []);
  assert.deepEqual(await list('stranger'), []);
  for (const page of [
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=ten',
    'limit=1.5',
    'limit=',
    'offset=-1',
    'offset=x',
  ]) {
    const answer = await call<Problem>('hoarder', 'GET', `${chats}?${page}`);
    assert.equal(answer.status, 422, page);
    assert.equal(answer.body.code, 'invalid');
  }
});

test('a chat is renamed; a request without a title gets 400, and one with an unusable title 422', async () => {
  const { id } = await createChat('namer', 'unnamed');
  const path = `${chats}/${id}`;
  const renamed = await call('namer', 'PATCH', path, { title: 'Express API Project' });
  assert.equal(renamed.status, 200);
  assert.deepEqual(renamed.body, { status: 'updated', id, title: 'Express API Project' });
  assert.equal((await call('namer', 'PATCH', path, { title: 'é'.repeat(255) })).status, 200);
  for (const body of [{}, { title: null }, { title: '' }, { title: '  ' }]) {
    const answer = await call<Problem>('namer', 'PATCH', path, body);
    assert.equal(answer.status, 400);
    assert.equal(answer.body.code, 'missingTitle');
  }
  for (const body of [{ title: 'x'.repeat(256) }, { title: 7 }, { title: ['x'] }, [], null, 'title']) {
    const answer = await call<Problem>('namer', 'PATCH', path, body);
    assert.equal(answer.status, 422, JSON.stringify(body));
    assert.equal(answer.body.code, 'invalid');
  }
  assert.equal((await list('namer'))[0]?.title, 'é'.repeat(255));
});

test("another user's chat gets 404, as one that never was", async () => {
  const { id } = await createChat('owner', 'mine');
  for (const [user, chatId] of [
    ['stranger', id],
    ['owner', 'no-such-chat'],
    ['owner', '%00'],
  ]) {
    const answers = await Promise.all([
      call<Problem>(user as string, 'GET', `${chats}/${chatId}`),
      call<Problem>(user as string, 'GET', `${chats}/${chatId}/messages`),
      call<Problem>(user as string, 'PATCH', `${chats}/${chatId}`, { title: 'yours' }),
      call<Problem>(user as string, 'DELETE', `${chats}/${chatId}`),
    ]);
    for (const { status, body } of answers) assert.deepEqual([status, body.code], [404, 'noSuchChat']);
  }
  assert.deepEqual(
    (await list('owner')).map((chat) => chat.title),
    ['mine'],
  );
});

test('a chat of thousands of messages is read page by page, each message once', async () => {
  const { id } = await createChat('archivist', 'long chat');
  await fillChat(id, 12_000);
  const read = async (query: string) => {
    const pages: Page[] = [];
    let next: number | null = 0;
    while (next !== null) {
      const path: string = `${chats}/${id}/messages?${query}&after_sequence=${next}`;
      const { status, body } = await call<Page>('archivist', 'GET', path);
      assert.equal(status, 200);
      pages.push(body);
      next = body.nextAfterSequence;
    }
    return pages;
  };
  const withSystem = await read('limit=1000&include=system');
  assert.deepEqual(
    withSystem.flatMap((page) => page.messages.map((message) => message.sequence)),
    Array.from({ length: 12_000 }, (_, at) => at + 1),
  );
  const pages = await read('limit=999');
  assert.equal(pages[0]?.messages.length, 999);
  const shown = pages.flatMap((page) => page.messages);
  assert.equal(shown.length, 10_800);
  assert.ok(shown.every((message) => message.role !== 'system'));

  const byDefault = await call<Page>('archivist', 'GET', `${chats}/${id}/messages`);
  assert.equal(byDefault.body.messages.length, 100);
  assert.equal(byDefault.body.nextAfterSequence, byDefault.body.messages.at(-1)?.sequence);
  const end = await call<Page>('archivist', 'GET', `${chats}/${id}/messages?after_sequence=12000`);
  assert.deepEqual(end.body, { messages: [], nextAfterSequence: null });
  for (const query of ['limit=0', 'limit=1001', 'limit=x', 'after_sequence=-1', 'after_sequence=x', 'include=all'])
    assert.equal((await call<Problem>('archivist', 'GET', `${chats}/${id}/messages?${query}`)).status, 422, query);

  const whole = await call<{ messages: Message[]; truncated?: true }>('archivist', 'GET', `${chats}/${id}`);
  assert.equal(whole.body.messages.length, 10_000);
  assert.equal(whole.body.truncated, true);
});

test('a chat is deleted with its messages, and its live session stops first', async () => {
  const token = await signTestToken('tidier');
  const client = await TestClient.start(engine.ws, token, 'to be deleted');
  await client.waitForStatus('completed');
  const [chat] = await list('tidier');
  assert.ok(chat);
  const deleted = await call('tidier', 'DELETE', `${chats}/${chat.id}`);
  assert.equal(deleted.status, 200);
  assert.deepEqual(deleted.body, { status: 'deleted', id: chat.id });
  await client.waitForStatus('stopped');
  assert.equal(await client.closed, 1000);
  assert.deepEqual(await list('tidier'), []);
  assert.deepEqual((await call('tidier', 'GET', '/api/v1/sessions')).body, { sessions: [] });
  assert.equal((await call('tidier', 'DELETE', `${chats}/${chat.id}`)).status, 404);
  const rows = await pool.any(sql.unsafe`
    SELECT id FROM lucid_engine.chat_messages WHERE session_id = ${chat.id} UNION ALL
    SELECT id FROM lucid_engine.agent_sessions WHERE chat_id = ${chat.id}`);
  assert.deepEqual(rows, []);
  const late = await TestClient.open(`${engine.ws}?token=${token}&session_id=${client.sessionId}`);
  assert.equal(await late.closed, 4004);
});
