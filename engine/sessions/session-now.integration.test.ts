// Whoever comes to a session has at once how it stands: over WebSocket, by a share, over REST, at work or at rest.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer, silence } from '../../actors/testing/provider/steps.ts';
import type { SessionNow } from '../../schema/session-now.ts';
import { shareTestAgents, testIn } from '../testing/agents.ts';
import { TestClient } from '../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { TestStream } from '../testing/event-stream.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const agents = shareTestAgents('local');

type Report = { now: SessionNow; chatId: string };

const nowOf = async (engine: TestEngine, sessionId: string) =>
  (await callAs<Report>(engine, 'ada', 'GET', `/api/v1/sessions/${sessionId}`)).body.now;

testIn.local('a client that comes later has model, usage and context at once, before anything happens', async () => {
  const held = await agents();
  const usage = { input: 900, output: 40 };
  held.fakeProvider.plan('anthropic', answer({ calls: [callsOf('anthropic').shell('true')], usage }), silence('Hm'));
  const first = await held.startClient('Build it', { modelProvider: 'anthropic' });
  const observed = await first.waitFor('it', ({ eventType }) => eventType === 'CmdOutputObservation');
  await first.waitFor('the state', ({ type, now }) => type === 'session_state' && now?.usage?.steps === 1);
  const expected = {
    model: 'anthropic/claude-sonnet-5-5',
    usage: { inputTokens: 900, outputTokens: 40, steps: 1 },
    context: { tokens: 940, tokensMax: 1_000_000 },
    waitingFor: [],
    unread: [],
  };
  const later = await TestClient.open(
    `${held.engine.ws}?token=${await signTestToken('ada')}&session_id=${first.sessionId}&epoch=1&last_sequence=${observed.sequence}`,
  );
  const { now } = await later.waitForType('session_state');
  assert.partialDeepStrictEqual(now, expected);
  first.send({ type: 'message', id: 'm-1', content: 'And more' });
  const told = await later.waitFor('the queue', (frame) => frame.now?.unread?.length === 1);
  assert.partialDeepStrictEqual(told.now, { ...expected, unread: [{ id: 'm-1', content: 'And more' }] });
  assert.partialDeepStrictEqual(await nowOf(held.engine, first.sessionId), told.now);
});

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine({ environment: { RECONNECT_GRACE: '1', HIBERNATE_AFTER: '5' } });
});
after(() => engine?.close());

test('a session at rest and an ended one tell how they stand from their rows, and stay as they are', async () => {
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
  const { sessionId } = client;
  await client.waitForStatus('completed');
  const working = await nowOf(engine, sessionId);
  assert.partialDeepStrictEqual(working, { model: 'mock/scripted', usage: { steps: 5 }, waitingFor: [], unread: [] });
  await waitUntil(async () => (await nowOf(engine, sessionId)).model === undefined); // What a host alone knows is gone.
  assert.deepEqual(await nowOf(engine, sessionId), { usage: working.usage, waitingFor: [], unread: [] });

  const { body } = await callAs<{ token: string }>(engine, 'ada', 'POST', `/api/v1/sessions/${sessionId}/shares`, {});
  const watching = await TestStream.open(`${engine.http}/api/v1/sessions/${sessionId}/events`, {
    authorization: `Bearer ${body.token}`,
  });
  const shown = () => watching.frames.find(({ type }) => type === 'session_state');
  await waitUntil(async () => shown() !== undefined);
  assert.deepEqual(shown()?.now, { usage: working.usage, waitingFor: [], unread: [] });

  await callAs(engine, 'ada', 'DELETE', `/api/v1/sessions/${sessionId}`);
  assert.deepEqual(await nowOf(engine, sessionId), { usage: working.usage, waitingFor: [], unread: [] });
});

test('clients that haven’t asked for it get nothing of it', async () => {
  const plain = await TestClient.open(`${engine.ws}?token=${await signTestToken('ada')}`, { isPlain: true });
  plain.send({ task: 'Write hello world' });
  await plain.waitForStatus('completed');
  assert.ok(plain.frames.every(({ type }) => type !== 'session_state'));
  await plain.close();
});
