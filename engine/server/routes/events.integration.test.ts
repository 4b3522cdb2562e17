// A session's events page by page, and interrupts over REST: of one's own sessions, at work, at rest and ended.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ErrorCode } from '../../../schema/error.ts';
import { type Frame, TestClient } from '../../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs, waitUntil } from '../../testing/rest.ts';

type Page = { events: Frame[]; nextAfter: number | null };
type Refusal = { code: ErrorCode };
type Interrupted = { status: string; sessionId: string; id: string; sequence: number; wasWorking: boolean };

let engine: TestEngine;
let token: string;
before(async () => {
  engine = await startTestEngine({ environment: { MOCK_STEP_DELAY_MS: '20' } });
  token = await signTestToken('ada');
});
after(() => engine?.close());

const pathOf = (sessionId: string, rest: string) => `/api/v1/sessions/${sessionId}/${rest}`;

const readPage = async (sessionId: string, query = '', on = engine): Promise<Page> => {
  const { status, body } = await callAs<Page>(on, 'ada', 'GET', pathOf(sessionId, `events${query}`));
  assert.equal(status, 200);
  return body;
};

/** All pages, as a client reads them that looks at `nextAfter` alone. */
async function readAll(sessionId: string, limit: number): Promise<Frame[]> {
  const events: Frame[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: Page = await readPage(sessionId, `?after=${after}&limit=${limit}`);
    events.push(...page.events);
    after = page.nextAfter;
  }
  return events;
}

const interrupt = (sessionId: string, key?: string) =>
  callAs<Interrupted & Refusal>(engine, 'ada', 'POST', pathOf(sessionId, 'interrupt'), undefined, {
    ...(key !== undefined && { 'Idempotency-Key': key }),
  });

test('the pages of a session have the frames that its clients saw, while it lives and after its end', async () => {
  const client = await TestClient.start(engine.ws, token, 'page by page');
  await client.waitForStatus('completed');
  for (const limit of [1, 5, 12, 500]) assert.deepEqual(await readAll(client.sessionId, limit), client.events);
  assert.deepEqual(await readPage(client.sessionId), { events: client.events, nextAfter: null });
  client.send({ type: 'stop' });
  assert.equal(await client.closed, 1000);
  assert.deepEqual(await readAll(client.sessionId, 4), client.events);
  const last = client.events.length;
  assert.deepEqual(await readPage(client.sessionId, `?after=${last}`), { events: [], nextAfter: null });
  assert.deepEqual(await readPage(client.sessionId, '?after=2147483647'), { events: [], nextAfter: null });
});

test('who reads pages brings no session back into memory', async (t) => {
  const another = await startTestEngine({ environment: { RECONNECT_GRACE: '0', HIBERNATE_AFTER: '0' } });
  t.after(() => another.close());
  const client = await TestClient.start(another.ws, token, 'let me sleep');
  await client.waitForStatus('completed');
  await client.close();
  const isListed = async () =>
    (await callAs<{ sessions: unknown[] }>(another, 'ada', 'GET', '/api/v1/sessions')).body.sessions.length > 0;
  await waitUntil(async () => !(await isListed()));
  assert.deepEqual((await readPage(client.sessionId, '', another)).events, client.events);
  assert.equal(await isListed(), false);
});

test('pages of another user, of nobody, or with an impossible bound are refused', async () => {
  const client = await TestClient.start(engine.ws, token, 'mine alone');
  const refusalOf = async (user: string, sessionId: string, query = '') => {
    const { status, body } = await callAs<Refusal>(engine, user, 'GET', pathOf(sessionId, `events${query}`));
    return [status, body.code];
  };
  assert.deepEqual(await refusalOf('bob', client.sessionId), [403, 'notYours']);
  assert.deepEqual(await refusalOf('ada', 'nobody'), [404, 'noSuchSession']);
  for (const query of [
    'after=-1',
    'after=x',
    'limit=0',
    'limit=501',
    'after=2147483648',
    'last_event_id=x',
    'epoch=-1',
  ])
    assert.deepEqual(await refusalOf('ada', client.sessionId, `?${query}`), [422, 'invalid'], query);
  assert.deepEqual(await refusalOf('ada', client.sessionId, '?after=1&after=2'), [400, 'badRequest']);
});

test('an interrupt over REST ends the turn, and sent again it is the same one', async () => {
  const client = await TestClient.start(engine.ws, token, 'Emit 1000 events, 1 every 20 ms');
  await client.waitFor('a step', ({ type }) => type === 'agent_event');
  const first = await interrupt(client.sessionId, 'i-1');
  assert.equal(first.status, 200);
  const done = await client.waitForStatus('completed');
  assert.equal(done.reason, 'interrupted');
  const recorded = await client.waitFor('ack', ({ id }) => id === 'i-1');
  const { sessionId } = client;
  const answer = { status: 'accepted', sessionId, id: 'i-1', sequence: recorded.sequence, wasWorking: true };
  assert.deepEqual(first.body, answer);
  assert.deepEqual((await interrupt(sessionId, 'i-1')).body, answer);
  assert.partialDeepStrictEqual((await interrupt(sessionId)).body, { status: 'accepted', wasWorking: false });
  const asMessage = { id: 'i-1', content: 'another command' };
  const reused = await callAs<Refusal>(engine, 'ada', 'POST', pathOf(sessionId, 'messages'), asMessage);
  assert.deepEqual([reused.status, reused.body.code], [422, 'idReused']);
  client.send({ type: 'message', id: 'm-1', content: 'on' });
  await client.waitFor('ack', ({ id }) => id === 'm-1');
  assert.deepEqual((await interrupt(sessionId, 'm-1')).body.code, 'idReused');

  client.send({ type: 'stop' });
  assert.equal(await client.closed, 1000);
  assert.deepEqual((await interrupt(sessionId, 'i-1')).body, answer);
  assert.deepEqual((await interrupt(sessionId, 'i-2')).body.code, 'sessionEnded');
});

test('interrupts of one key at once are one interrupt', async () => {
  const client = await TestClient.start(engine.ws, token, 'Emit 1000 events, 1 every 20 ms');
  await client.waitFor('a step', ({ type }) => type === 'agent_event');
  const answers = await Promise.all(Array.from({ length: 10 }, () => interrupt(client.sessionId, 'once')));
  assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
  await client.waitForStatus('completed');
  const { events } = await readPage(client.sessionId);
  assert.equal(events.filter(({ eventType }) => eventType === 'Interrupt').length, 1);
});

test('only a session of one’s own can be interrupted', async () => {
  const client = await TestClient.start(engine.ws, token, 'mine alone');
  const refusalOf = async (user: string, sessionId: string) => {
    const { status, body } = await callAs<Refusal>(engine, user, 'POST', pathOf(sessionId, 'interrupt'));
    return [status, body.code];
  };
  assert.deepEqual(await refusalOf('bob', client.sessionId), [403, 'notYours']);
  assert.deepEqual(await refusalOf('ada', 'nobody'), [404, 'noSuchSession']);
});
