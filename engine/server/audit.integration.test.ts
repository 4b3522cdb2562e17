// The log tells an operator who made, stopped or read what, from where, and who was refused: one line each, no secrets.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestClient } from '../testing/client.ts';
import {
  backEndHeadersOf,
  signTestToken,
  startTestEngine,
  type TestEngine,
  testInternalKey,
} from '../testing/engine.ts';
import { TestStream } from '../testing/event-stream.ts';
import { RecordedLog } from '../testing/log.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const log = new RecordedLog();
const rest = '/api/v1/sessions';
let engine: TestEngine;
before(async () => {
  engine = await startTestEngine({ log, environment: { MAX_SESSIONS_PER_USER: '2' } });
});
after(() => engine?.close());

const auditedEvents = /^(session\.(created|stopped|read)|files\.read|chat\.|access\.|share\.)/;
const listLines = () => log.entries.filter(({ event }) => auditedEvents.test(event));

/** @returns the lines that the work has logged, once there are so many */
async function linesOf(count: number, work: () => Promise<unknown>): Promise<unknown[]> {
  const before = listLines().length;
  await work();
  await waitUntil(() => listLines().length >= before + count);
  return listLines()
    .slice(before)
    .map(({ level, event, fields }) => ({ level, event, ...fields }));
}

const from = { address: '127.0.0.1' };
const create = async (user: string) =>
  (await callAs<{ sessionId: string }>(engine, user, 'POST', rest, { task: 'a secret task' })).body.sessionId;

test('an operator is told who made, read and stopped sessions over REST', async () => {
  let session = '';
  const made = await linesOf(1, async () => {
    session = await create('ada');
  });
  const line = { level: 'info', user: 'ada', ...from, session, outcome: 'done' };
  assert.deepEqual(made, [{ ...line, event: 'session.created' }]);
  const read = await linesOf(2, async () => {
    await callAs(engine, 'ada', 'GET', `/api/v1/files/list?session_id=${session}`);
    await callAs(engine, 'ada', 'GET', `/api/v1/files/read?session_id=${session}&path=/workspace/none`);
  });
  assert.deepEqual(read, [
    { ...line, event: 'files.read' },
    { ...line, event: 'files.read', outcome: 'noSuchFile' },
  ]);
  const stopped = await linesOf(1, () => callAs(engine, 'ada', 'DELETE', `${rest}/${session}`));
  assert.deepEqual(stopped, [{ ...line, event: 'session.stopped' }]);
});

test('an operator is told who read, renamed and deleted chats, also for whom a proxy asked', async () => {
  await create('grace');
  const list = await callAs<{ chats: { id: string }[] }>(engine, 'grace', 'GET', '/api/v1/chats');
  const chat = list.body.chats[0]?.id ?? assert.fail();
  const forwarded = { 'X-Forwarded-For': '203.0.113.9' };
  const logged = await linesOf(3, async () => {
    await callAs(engine, 'grace', 'GET', `/api/v1/chats/${chat}`, undefined, forwarded);
    await callAs(engine, 'grace', 'PATCH', `/api/v1/chats/${chat}`, { title: 'another' });
    await callAs(engine, 'grace', 'DELETE', `/api/v1/chats/${chat}`);
  });
  const line = { level: 'info', user: 'grace', ...from, chat, outcome: 'done' };
  assert.deepEqual(logged, [
    { ...line, event: 'chat.read', forwardedFor: '203.0.113.9' },
    { ...line, event: 'chat.renamed' },
    { ...line, event: 'chat.deleted' },
  ]);
});

test('an operator is told who made, read and stopped sessions over WebSocket', async () => {
  const token = await signTestToken('lin');
  let session = '';
  const logged = await linesOf(3, async () => {
    const client = await TestClient.start(engine.ws, token, 'a secret task');
    await client.waitForStatus('completed');
    session = client.sessionId;
    const second = await TestClient.open(`${engine.ws}?token=${token}&session_id=${session}`);
    await second.waitForType('attached');
    client.send({ type: 'stop' });
    await Promise.all([client.closed, second.closed]);
  });
  const line = { level: 'info', user: 'lin', ...from, session, outcome: 'done' };
  assert.deepEqual(logged, [
    { ...line, event: 'session.created' },
    { ...line, event: 'session.read' },
    { ...line, event: 'session.stopped' },
  ]);
});

test('an operator is told who was refused, with what was asked for and why not', async () => {
  const session = await create('owner');
  const logged = await linesOf(7, async () => {
    await fetch(engine.http + rest, { headers: { Authorization: 'Bearer secret.of.somebody' } });
    await fetch(engine.http + rest, { headers: { 'X-User-ID': 'ada', 'X-Internal-Key': 'a wrong key' } });
    await callAs(engine, 'eve', 'DELETE', `${rest}/${session}`);
    await callAs(engine, 'eve', 'POST', rest, { task: 'x' }, { Origin: 'https://evil.example' });
    await new TestClient(`${engine.ws}?token=secret.of.somebody`).closed;
    await new TestClient(`${engine.ws}?token=${await signTestToken('eve')}&session_id=${session}`).closed;
    await new TestClient(engine.ws, { headers: { Host: 'evil.example' } }).closed;
  });
  const line = { level: 'warn', event: 'access.refused', user: null, ...from };
  assert.deepEqual(logged, [
    { ...line, asked: rest, outcome: 'notAuthenticated' },
    { ...line, asked: rest, outcome: 'notAuthenticated' },
    { ...line, asked: 'session.stopped', user: 'eve', session, outcome: 'notYours' },
    { ...line, asked: rest, outcome: 'foreignOrigin' },
    { ...line, asked: '/api/v1/ws', outcome: 'notAuthenticated' },
    { ...line, asked: 'session.read', user: 'eve', session, outcome: 'notYours' },
    { ...line, asked: '/api/v1/ws', outcome: 'unknownHost' },
  ]);
});

test('a user who wants more live sessions than MAX_SESSIONS_PER_USER is refused, and the operator is told', async () => {
  await create('many');
  await create('many');
  const logged = await linesOf(1, async () => {
    const third = await callAs<{ code: string }>(engine, 'many', 'POST', rest, { task: 'x' });
    assert.deepEqual([third.status, third.body.code], [429, 'tooManySessions']);
  });
  assert.partialDeepStrictEqual(logged, [{ event: 'access.refused', user: 'many', outcome: 'tooManySessions' }]);
  assert.ok((await create('another')).length > 0);
});

test('a stream that was refused while its session was brought back is told as refused alone', async (t) => {
  const own = new RecordedLog();
  const environment = { MAX_SESSIONS_PER_USER: '1', RECONNECT_GRACE: '0', HIBERNATE_AFTER: '0' };
  const small = await startTestEngine({ log: own, environment });
  t.after(() => small.close());
  const token = await signTestToken('many');
  const first = await TestClient.start(small.ws, token, 'let me sleep');
  await first.waitForStatus('completed');
  await first.close();
  const isListed = async () =>
    (await callAs<{ sessions: unknown[] }>(small, 'many', 'GET', rest)).body.sessions.length > 0;
  await waitUntil(async () => !(await isListed()));
  const open = () => TestStream.open(`${small.http}${rest}/${first.sessionId}/events`, backEndHeadersOf('many'));
  const read = await open();
  await read.waitForStatus('completed');
  read.cut();
  await waitUntil(async () => !(await isListed()));
  const second = await TestClient.start(small.ws, token, 'I am here');
  const refused = await open();
  await refused.ended;
  assert.equal(refused.frames.at(-1)?.code, 'tooManySessions');
  const lines = own.entries.filter(
    ({ event, fields }) => auditedEvents.test(event) && fields?.session === first.sessionId,
  );
  assert.deepEqual(
    lines.map(({ event, fields }) => [event, fields?.outcome, fields?.asked, fields?.user, fields?.address]),
    [
      ['session.created', 'done', undefined, 'many', '127.0.0.1'],
      ['session.read', 'done', undefined, 'many', '127.0.0.1'],
      ['access.refused', 'tooManySessions', 'session.read', 'many', '127.0.0.1'],
    ],
  );
  await second.close();
});

test('a user’s list of their own sessions is not logged, and no line has a secret or what was said', async () => {
  const before = listLines().length;
  await fetch(engine.http + rest, { headers: backEndHeadersOf('ada') });
  assert.equal(listLines().length, before);
  const all = JSON.stringify(log.entries);
  for (const secret of [
    'secret.of.somebody',
    'a secret task',
    'a wrong key',
    testInternalKey,
    await signTestToken('lin'),
  ])
    assert.ok(!all.includes(secret), secret);
});

test('an operator is told who shared a session, and which share somebody watched by, without its token', async () => {
  let session = '';
  let share = { id: '', token: '' };
  const path = () => `${rest}/${session}/shares`;
  const made = await linesOf(2, async () => {
    session = await create('sharer');
    share = (await callAs<typeof share>(engine, 'sharer', 'POST', path(), {})).body;
  });
  const line = { level: 'info', user: 'sharer', ...from, session, outcome: 'done' };
  assert.deepEqual(made[1], { ...line, event: 'share.created', share: share.id });
  const watched = await linesOf(2, async () => {
    const headers = { Authorization: `Bearer ${share.token}` };
    await fetch(`${engine.http}${rest}/${session}/events`, { headers });
    await fetch(`${engine.http}${rest}/${session}`, { headers, method: 'DELETE' });
  });
  assert.deepEqual(watched, [
    { ...line, event: 'session.read', user: null, share: share.id },
    {
      ...{ ...line, event: 'access.refused', level: 'warn', asked: 'session.stopped' },
      ...{ user: null, share: share.id, outcome: 'notAllowed' },
    },
  ]);
  const ended = await linesOf(1, () => callAs(engine, 'sharer', 'DELETE', `${path()}/${share.id}`));
  assert.deepEqual(ended, [{ ...line, event: 'share.deleted', share: share.id }]);
  assert.ok(!JSON.stringify(log.entries).includes('share_'));
});
