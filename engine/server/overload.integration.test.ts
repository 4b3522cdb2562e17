// A client that exceeds a bound is told how long to wait, by the same codes everywhere; connections and running work stay.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Frame, TestClient } from '../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { callAs } from '../testing/rest.ts';
import { commandWindowMs } from './command-budget.ts';

type Problem = { code: string; detail: string; retryAfterMs: number };
type Created = { sessionId: string };

const sessions = '/api/v1/sessions';
const perSecond = 5;
const perWindow = (perSecond * commandWindowMs) / 1_000;
const socketsMax = 5;

let engine: TestEngine;
before(async () => {
  const environment = { COMMANDS_PER_SECOND: String(perSecond), MOCK_STEP_DELAY_MS: '100' };
  engine = await startTestEngine({ environment, options: { socketsMax } });
});
after(() => engine?.close());

const open = async (user: string) => TestClient.open(`${engine.ws}?token=${await signTestToken(user)}`);
const create = (user: string) => callAs<Created & Problem>(engine, user, 'POST', sessions, { task: 'Build it' });

/** Uses up a user's budget while at least half of its window is left. */
async function useUpBudget(user: string): Promise<Awaited<ReturnType<typeof create>>> {
  for (;;) {
    const answer = await create(user);
    if (answer.status === 200) continue;
    if (answer.body.retryAfterMs > commandWindowMs / 2) return answer;
    await delay(answer.body.retryAfterMs);
  }
}

function assertRefusal(frame: Frame): number {
  assert.deepEqual([frame.type, frame.code, frame.retryable], ['error', 'tooManyCommands', true]);
  const waitMs = Number(frame.retryAfterMs);
  assert.ok(waitMs > 0 && waitMs <= commandWindowMs, String(waitMs));
  return waitMs;
}

test('a client that floods has its messages refused one by one, stays connected, and goes on after the wait', async () => {
  const client = await open('flooder');
  client.send({ task: 'Build it' });
  client.send({ type: 'ping' });
  await client.waitForType('pong'); // The ping is read after the task.
  const ids = Array.from({ length: 10 * perWindow }, (_, n) => `m-${n}`);
  const sentAtMs = performance.now();
  for (const id of ids) client.send({ type: 'message', id, content: id });
  const answers = await Promise.all(ids.map((id) => client.waitFor(id, (frame) => frame.id === id)));
  const refusals = answers.filter(({ type }) => type === 'error');
  const accepted = answers.filter(({ type }) => type === 'ack');
  assert.equal(refusals.length + accepted.length, ids.length);
  const windows = 2 + Math.floor((performance.now() - sentAtMs) / commandWindowMs); // One may end in the middle.
  assert.ok(accepted.length >= perWindow - 1 && accepted.length <= windows * perWindow);
  assert.deepEqual(
    accepted,
    accepted.toSorted((a, b) => Number(a.sequence) - Number(b.sequence)),
  );
  await delay(Math.max(...refusals.map(assertRefusal)));
  client.send({ type: 'message', id: 'later', content: 'Now' });
  const later = await client.waitFor('ack', (frame) => frame.id === 'later');
  assert.equal(later.type, 'ack');
  const done = await client.waitForStatus('completed');
  assert.equal(done.reason, 'finished');
  await client.close();
});

/** Refused over REST, then over WebSocket, then over REST within one window, of which a busy machine may miss some. */
async function sayTooMuch(client: TestClient, user: string) {
  for (let tries = 0; ; tries++) {
    const refused = await useUpBudget(user);
    const id = `too-much-${tries}`;
    client.send({ type: 'message', id, content: 'More' });
    const refusal = await client.waitFor(id, (frame) => frame.id === id);
    const path = `${sessions}/${client.sessionId}/messages`;
    const after = await callAs<Problem>(engine, user, 'POST', path, { content: 'More' });
    if (refusal.type === 'error' && after.status === 429) return { refused, refusal, after };
  }
}

test('a user has one budget for REST and WebSocket, whose refusal over REST is 429 with Retry-After', async () => {
  const client = await open('sharer');
  client.send({ task: 'Build it' });
  await client.waitForType('ack');
  const { refused, refusal, after } = await sayTooMuch(client, 'sharer');
  assertRefusal(refusal);
  for (const answer of [refused, after]) {
    assert.deepEqual([answer.status, answer.body.code], [429, 'tooManyCommands']);
    assert.equal(answer.headers.get('retry-after'), String(Math.ceil(answer.body.retryAfterMs / 1_000)));
  }
  assert.equal((await callAs(engine, 'sharer', 'GET', sessions)).status, 200); // Reading costs no budget.
  assert.equal((await create('a neighbour')).status, 200);
  await client.close();
});

/** A client whose task is refused, though a busy machine may be late to send it. */
async function beginTooSoon(user: string): Promise<[TestClient, Frame]> {
  for (;;) {
    const client = await open(user);
    await useUpBudget(user);
    client.send({ task: 'Too soon' });
    const answer = await client.waitFor('an answer', ({ type }) => type !== 'pong');
    if (answer.type === 'error') return [client, answer];
    await client.close();
  }
}

test('a client whose task comes too soon stays connected, and starts its session after the wait', async () => {
  const [client, refusal] = await beginTooSoon('hasty');
  await delay(assertRefusal(refusal));
  client.send({ task: 'In time' });
  await client.waitForStatus('initializing');
  await client.close();
});

test('a client may come back to its session however much it has sent', async () => {
  const { sessionId } = (await create('returner')).body;
  const url = `${engine.ws}?token=${await signTestToken('returner')}&session_id=${sessionId}`;
  await useUpBudget('returner');
  const client = await TestClient.open(url);
  await client.waitForType('attached');
  await client.close();
});

test('a client for which there is no socket left is told when to come again and closed with 4029; the others stay', async () => {
  const clients: TestClient[] = [];
  for (let n = 0; n < socketsMax; n++) clients.push(await open('early'));
  const late = await open('late');
  assert.equal(await late.closed, 4029);
  const [frame] = late.frames;
  assert.deepEqual([frame?.code, frame?.retryable, frame?.retryAfterMs], ['overloaded', true, 5_000]);
  for (const client of clients) {
    client.send({ type: 'ping' });
    await client.waitForType('pong');
  }
  await Promise.all(clients.map((client) => client.close()));
  const again = await open('late');
  again.send({ type: 'ping' });
  await again.waitForType('pong');
  await again.close();
});
