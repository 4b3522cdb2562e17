// A user goes on from a chat in another session: of one that is at work, has ended, or is at another engine; others can't.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPool, sql } from 'slonik';
import { callsOf } from '../../../actors/testing/provider/stand-in.ts';
import { answer } from '../../../actors/testing/provider/steps.ts';
import { limits } from '../../../schema/limits.ts';
import { shareTestAgents, testIn } from '../../testing/agents.ts';
import { TestClient } from '../../testing/client.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs, waitUntil } from '../../testing/rest.ts';

type Fork = { status: string; sessionId: string; chatId: string; untilSequence: number; code: string };
type Report = {
  chatId: string;
  task: string;
  state: string;
  usage: { turns: number; steps: number };
  lastTurn: object;
};
type Message = { sequence: number; eventType: string; content: string; createdAt: string; metadataJson: string };
type Chat = { title: string; agentSessionId: string; isActive: boolean; messages: Message[] };

let database: TestDatabase;
let engine: TestEngine;
let other: TestEngine;
let client: TestClient;
let chatId: string;
before(async () => {
  database = await createTestDatabase();
  engine = await startTestEngine({ databaseUrl: database.url });
  other = await startTestEngine({ databaseUrl: database.url });
  client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('completed');
  chatId = (await reportOf(client.sessionId)).chatId;
});
after(async () => {
  await engine?.close();
  await other?.close();
  await database?.drop();
});

const call = <Body>(method: string, path: string, body?: object, at = engine) =>
  callAs<Body>(at, 'ada', method, `/api/v1${path}`, body);
const reportOf = async (sessionId: string, at = engine) =>
  (await call<Report>('GET', `/sessions/${sessionId}`, undefined, at)).body;
const chatWith = async (id: string) => (await call<Chat>('GET', `/chats/${id}?include=system`)).body;
const fork = (body: object = {}, of = chatId, at = engine) => call<Fork>('POST', `/chats/${of}/fork`, body, at);

async function follow(sessionId: string, at = engine): Promise<TestClient> {
  const url = `${at.ws}?token=${await signTestToken('ada')}&session_id=${sessionId}`;
  const follower = await TestClient.open(url);
  await follower.waitForType('attached');
  return follower;
}

test('a fork rests with a copy of the chat, and nobody pays twice for what was said', async () => {
  const { status, body } = await fork();
  const { sessionId, chatId: forkedId, ...rest } = body;
  assert.deepEqual([status, rest], [200, { status: 'forked', untilSequence: 12 }]);
  assert.partialDeepStrictEqual(await reportOf(sessionId), {
    task: 'Write hello world',
    state: 'idle',
    usage: { turns: 0, steps: 0 },
    watchers: 0,
    lastEvent: { epoch: 1, sequence: 12 },
  });
  const [copy, original] = [await chatWith(forkedId), await chatWith(chatId)];
  const title = `Fork of ${original.title}`;
  assert.partialDeepStrictEqual(copy, { title, agentSessionId: sessionId, isActive: false });
  const shown = ({ sequence, eventType, content, createdAt }: Message) => ({ sequence, eventType, content, createdAt });
  assert.deepEqual(copy.messages.map(shown), original.messages.map(shown));
  assert.doesNotMatch(copy.messages.at(-1)?.metadataJson ?? '', /usage/);
  const { body: live } = await call<{ sessions: { sessionId: string }[] }>('GET', '/sessions');
  assert.deepEqual(
    live.sessions.map((session) => session.sessionId),
    [client.sessionId],
  );
});

test('a fork’s title says what it was forked of, once, and is no longer than titles are', async () => {
  const first = (await fork()).body.chatId;
  const second = (await fork({}, first)).body.chatId;
  assert.equal((await chatWith(second)).title, 'Fork of Write hello world');
  await call('PATCH', `/chats/${first}`, { title: 'x'.repeat(limits.titleCharsMax) });
  const third = (await fork({}, first)).body.chatId;
  assert.equal((await chatWith(third)).title, `Fork of ${'x'.repeat(limits.titleCharsMax - 'Fork of '.length)}`);
});

test('a fork is answered from its first message on, and the original hears nothing of it', async () => {
  const { sessionId } = (await fork()).body;
  const follower = await follow(sessionId);
  await follower.waitFor('the copy', ({ sequence }) => sequence === 12);
  assert.equal((await reportOf(sessionId)).state, 'idle');
  follower.send({ type: 'message', id: 'more', content: 'Now add tests' });
  const completed = await follower.waitForStatus('completed', 12);
  assert.deepEqual(
    follower.events.map(({ sequence }) => sequence),
    follower.events.map((_, at) => at + 1),
  );
  assert.partialDeepStrictEqual(completed, { reason: 'finished', epoch: 2 });
  assert.partialDeepStrictEqual(await reportOf(sessionId), { usage: { turns: 1 } });
  assert.equal(client.events.at(-1)?.sequence, 12);
  await follower.close();
});

test('a chat is forked at an earlier event, where no call is cut from what came of it', async () => {
  const { messages } = await chatWith(chatId);
  const write = messages.find(({ eventType }) => eventType === 'FileWriteAction')?.sequence ?? 0;
  const { body } = await fork({ untilSequence: write, task: 'Write it in Rust' });
  assert.ok(body.untilSequence < write);
  assert.partialDeepStrictEqual(await reportOf(body.sessionId), { task: 'Write it in Rust', state: 'idle' });
  const copy = await chatWith(body.chatId);
  assert.equal(copy.title, 'Write it in Rust');
  assert.partialDeepStrictEqual(copy.messages.at(-1), {
    sequence: body.untilSequence + 1,
    eventType: 'Status',
    content: 'The session was forked here.',
  });
  await call('POST', `/sessions/${body.sessionId}/messages`, { content: 'Go on' });
  await waitUntil(async () => (await reportOf(body.sessionId)).usage.turns === 1);
  const again = await fork({ task: 'And again' }, body.chatId);
  assert.equal(again.status, 200);
});

test('a chat goes on after its session has ended, at another engine too, and after it was deleted', async () => {
  const ended = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
  await ended.waitForStatus('completed');
  const { chatId: endedId } = await reportOf(ended.sessionId);
  ended.send({ type: 'stop' });
  await ended.closed;
  const { body } = await fork({}, endedId, other);
  assert.equal(body.untilSequence, 12);
  assert.equal((await call('DELETE', `/chats/${endedId}`)).status, 200);
  const follower = await follow(body.sessionId, other);
  follower.send({ type: 'message', content: 'Now add tests' });
  await follower.waitForStatus('completed', 12);
  await follower.close();
});

test('a session at work at another engine is forked up to where its conversation is whole', async () => {
  const working = await TestClient.start(engine.ws, await signTestToken('ada'), 'Emit 50 events, 1 every 20 ms');
  await waitUntil(() => working.events.length > 10);
  const { chatId: workingId } = await reportOf(working.sessionId);
  const { body } = await fork({}, workingId, other);
  assert.ok(body.untilSequence > 1);
  assert.partialDeepStrictEqual(await reportOf(body.sessionId, other), { state: 'idle', usage: { turns: 0 } });
  working.send({ type: 'stop' });
  await working.closed;
});

test('a fork is found by its words, and downloaded', async () => {
  const { body } = await fork({ task: 'Zweitfassung' });
  const found = await call<{ chats: { id: string }[] }>('GET', '/chats?q=zweitfassung%20hello');
  assert.deepEqual(
    found.body.chats.map(({ id }) => id),
    [body.chatId],
  );
  const exported = await call<Chat>('GET', `/chats/${body.chatId}/export`);
  assert.equal(exported.body.messages.length, 12);
});

test('a request with an Idempotency-Key makes one fork, however often it is sent', async () => {
  const ask = (body: object, key: string, at = engine) =>
    callAs<Fork>(at, 'ada', 'POST', `/api/v1/chats/${chatId}/fork`, body, { 'Idempotency-Key': key });
  const all = await Promise.all([ask({}, 'k-1'), ask({}, 'k-1'), ask({}, 'k-1', other)]);
  const [first] = all;
  const made = all.filter(({ status }) => status === 200);
  assert.ok(made.length >= 2);
  for (const { body } of made) assert.deepEqual(body, first?.body);
  assert.deepEqual((await ask({}, 'k-1', other)).body, first?.body);
  const reused = await ask({ untilSequence: 3 }, 'k-1');
  assert.deepEqual([reused.status, reused.body.code], [422, 'idReused']);
});

test("another user's chat, one that has not begun and a wrong event are refused", async () => {
  const eve = await callAs<Fork>(engine, 'eve', 'POST', `/api/v1/chats/${chatId}/fork`, {});
  assert.deepEqual([eve.status, eve.body.code], [404, 'noSuchChat']);
  const waiting = await call<Fork>('POST', '/sessions', { task: 'later' });
  const { chatId: waitingId } = await reportOf(waiting.body.sessionId);
  for (const [body, of, status, code] of [
    [{}, waitingId, 409, 'nothingToFork'],
    [{ untilSequence: 1 }, chatId, 409, 'nothingToFork'],
    [{ untilSequence: 0 }, chatId, 422, 'invalid'],
    [{ untilSequence: 1.5 }, chatId, 422, 'invalid'],
    [{ untilSequence: 2 ** 31 }, chatId, 422, 'invalid'],
    [{}, 'no-such-chat', 404, 'noSuchChat'],
  ] as const) {
    const refused = await fork(body, of);
    assert.deepEqual([refused.status, refused.body.code], [status, code], JSON.stringify(body));
  }
});

test('who has as many live sessions as may be gets no fork', async (t) => {
  const full = await startTestEngine({ databaseUrl: database.url, environment: { MAX_SESSIONS_PER_USER: '1' } });
  t.after(() => full.close());
  await call('POST', '/sessions', { task: 'the only one' }, full);
  const refused = await fork({}, chatId, full);
  assert.deepEqual([refused.status, refused.body.code], [429, 'tooManySessions']);
});

test('a chat of 10,000 events is forked at once, and a longer one up to an earlier event', async (t) => {
  const pool = await createPool(database.url);
  t.after(() => pool.end());
  const { body: long } = await fork();
  await pool.query(sql.unsafe`
    INSERT INTO lucid_engine.chat_messages (id, session_id, role, content, event_type, sequence, epoch)
    SELECT 'long-' || at, ${long.chatId}, 'assistant', repeat('said ', 200), 'MessageAction', at, 1
    FROM generate_series(13, 10001) at`);
  const refused = await fork({}, long.chatId);
  assert.deepEqual([refused.status, refused.body.code], [413, 'chatTooLong']);
  const { status, body } = await fork({ untilSequence: 10_000 }, long.chatId);
  assert.deepEqual([status, body.untilSequence], [200, 10_000]);
});

const agents = shareTestAgents('local');
const name = 'anthropic';
const { shell, finish } = callsOf(name);

testIn.local(
  'the model of a fork reads the old conversation, that its workspace is new, and the new message',
  async () => {
    const held = await agents();
    held.fakeProvider.answerKeyChecks(answer());
    held.fakeProvider.plan(
      name,
      answer({ calls: [shell('echo tower >plan.txt')] }),
      answer({ calls: [finish('The tower is planned.')] }),
    );
    const worked = await held.startClient('Plan the tower', {
      modelProvider: name,
      apiKey: 'sk-ant-of-ada-0123456789',
    });
    await worked.waitForStatus('completed');
    const at = held.engine;
    const { chatId: plannedId, usage } = await reportOf(worked.sessionId, at);
    assert.ok(usage.turns === 1);
    const { body } = await fork({}, plannedId, at);
    const follower = await held.attachClient(body.sessionId);
    follower.send({ type: 'message', content: 'Without a key' });
    const without = await follower.waitForStatus('completed', body.untilSequence);
    assert.partialDeepStrictEqual(without, { reason: 'failed' }); // The caller's key isn't copied.
    await follower.close();

    const again = await held.attachClient(body.sessionId, { apiKey: 'sk-ant-of-ada-0123456789' });
    held.fakeProvider.plan(name, answer({ calls: [finish('The roof is on it.')] }));
    again.send({ type: 'message', content: 'Now the roof' });
    await again.waitForStatus('completed', without.sequence);
    const heard = JSON.stringify(held.fakeProvider.answerRequests.at(-1)?.body).replace(/"system".*?"tools"/s, '');
    assert.match(heard, /Plan the tower.*echo tower.*The tower is planned.*Now the roof.*its own begins anew/s);
    assert.partialDeepStrictEqual(
      again.events.findLast(({ type }) => type === 'agent_event'),
      {
        content: 'The roof is on it.',
      },
    );
    const { body: tree } = await call('GET', `/files/list?session_id=${body.sessionId}`, undefined, at);
    assert.doesNotMatch(JSON.stringify(tree), /plan\.txt/);
  },
);
