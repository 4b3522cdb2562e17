// What exceeds a bound is refused with a time to wait, in the same words everywhere; connections and running work stay.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../../schema/limits.ts';
import { type Frame, TestClient } from '../testing/client.ts';
import { startTestEngine, type TestEngine, tokenOf } from '../testing/engine.ts';
import { callAs } from '../testing/rest.ts';

type Problem = { code: string; detail: string; retryAfterMs: number };
type Created = { sessionId: string };

const sessions = '/api/v1/sessions';
const perSecond = 5;
const perWindow = (perSecond * limits.commandWindowMs) / 1_000;
const socketsMax = 5;

let engine: TestEngine;
before(async () => {
  const environment = { COMMANDS_PER_SECOND: String(perSecond), MOCK_STEP_DELAY_MS: '100' };
  engine = await startTestEngine({ environment, options: { socketsMax } });
});
after(() => engine.close());

const open = async (user: string) => TestClient.open(`${engine.ws}?token=${await tokenOf(user)}`);
const create = (user: string) => callAs<Created & Problem>(engine, user, 'POST', sessions, { task: 'Build it' });

function assertRefusal(frame: Frame): number {
  assert.deepEqual([frame.type, frame.code, frame.retryable], ['error', 'tooManyCommands', true]);
  const waitMs = Number(frame.retryAfterMs);
  assert.ok(waitMs > 0 && waitMs <= limits.commandWindowMs, String(waitMs));
  return waitMs;
}

test('a flood of messages is refused one by one; the socket stays, the work goes on, and after the wait all is well', async () => {
  const client = await open('flooder');
  client.send({ task: 'Build it' });
  client.send({ type: 'ping' });
  await client.of('pong'); // It is heard once the task is.
  for (let n = 0; n < 2 * perWindow; n++) client.send({ type: 'message', id: `m-${n}`, content: `${n}` });
  const last = await client.until('last refusal', (frame) => frame.id === `m-${2 * perWindow - 1}`);
  const waitMs = assertRefusal(last);
  await client.until('the last ack', (frame) => frame.id === `m-${perWindow - 2}`);
  const answers = client.frames.filter((frame) => String(frame.id).startsWith('m-'));
  const taken = answers.filter((frame) => frame.type === 'ack').map((frame) => frame.id);
  assert.deepEqual(
    taken,
    Array.from({ length: perWindow - 1 }, (_, n) => `m-${n}`), // The task was the first.
  );
  for (const frame of answers.filter(({ type }) => type === 'error')) assertRefusal(frame);
  await delay(waitMs);
  client.send({ type: 'message', id: 'later', content: 'Now' });
  await client.until('ack', (frame) => frame.type === 'ack' && frame.id === 'later');
  const done = await client.status('completed');
  assert.equal(done.reason, 'finished');
  await client.close();
});

test('REST and WebSocket share one budget, whose refusal over REST is 429 with Retry-After', async () => {
  const client = await open('sharer');
  client.send({ task: 'Build it', id: 'task' });
  await client.until('ack', (frame) => frame.id === 'task');
  for (let n = 1; n < perWindow - 1; n++) assert.equal((await create('sharer')).status, 200);
  const path = `${sessions}/${client.sessionId}/messages`;
  const say = () => callAs<Problem>(engine, 'sharer', 'POST', path, { content: 'More' });
  assert.equal((await say()).status, 200);
  for (const refused of [await say(), await create('sharer')]) {
    assert.deepEqual([refused.status, refused.body.code], [429, 'tooManyCommands']);
    assert.equal(refused.headers.get('retry-after'), String(Math.ceil(refused.body.retryAfterMs / 1_000)));
  }
  client.send({ type: 'interrupt', id: 'i' });
  assertRefusal(await client.until('refusal', (frame) => frame.id === 'i'));
  assert.equal((await create('a neighbour')).status, 200);
  assert.equal((await callAs(engine, 'sharer', 'GET', sessions)).status, 200); // Reading costs nothing.
  await client.close();
});

test('a task that comes too soon leaves the socket open, and starts its session after the wait', async () => {
  for (let n = 0; n < perWindow; n++) await create('hasty');
  const client = await open('hasty');
  client.send({ task: 'Too soon' });
  await delay(assertRefusal(await client.of('error')));
  client.send({ task: 'In time' });
  await client.status('initializing');
  await client.close();
});

test('attaching again is no command: a client returns however much it has sent', async () => {
  const { sessionId } = (await create('returner')).body;
  for (let n = 1; n < perWindow; n++) await create('returner');
  assert.equal((await create('returner')).status, 429);
  const url = `${engine.ws}?token=${await tokenOf('returner')}&session_id=${sessionId}`;
  const client = await TestClient.open(url);
  await client.of('attached');
  await client.close();
});

test('one client more than can be connected is told to come later and closed with 4029; the others stay', async () => {
  const clients: TestClient[] = [];
  for (let n = 0; n < socketsMax; n++) clients.push(await open('early'));
  const late = await open('late');
  assert.equal(await late.closed, 4029);
  const [frame] = late.frames;
  assert.deepEqual([frame?.code, frame?.retryable, frame?.retryAfterMs], ['overloaded', true, 5_000]);
  for (const client of clients) {
    client.send({ type: 'ping' });
    await client.of('pong');
  }
  await Promise.all(clients.map((client) => client.close()));
  const again = await open('late');
  again.send({ type: 'ping' });
  await again.of('pong');
  await again.close();
});
