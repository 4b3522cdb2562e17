// A newcomer's first session: over WebSocket, with a follow-up, a stop, and the chat that stays.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestClient } from './testing/client.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from './testing/engine.ts';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine();
});
after(() => engine?.close());

test('a session over WebSocket runs to completed, takes a follow-up, stops, and stays as a chat', async () => {
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('mock_mode');
  const completed = await client.waitForStatus('completed');
  assert.deepEqual(
    client.events.map((frame) => frame.eventType ?? frame.status),
    [
      'initializing',
      'InitialTask',
      'mock_mode',
      'ThinkAction',
      'CmdRunAction',
      'CmdOutputObservation',
      'FileWriteAction',
      'FileWriteObservation',
      'CmdRunAction',
      'CmdOutputObservation',
      'AgentFinishAction',
      'completed',
    ],
  );
  assert.deepEqual(
    client.events.map((frame) => frame.sequence),
    client.events.map((_, at) => at + 1),
  );

  client.send({ type: 'message', id: 'm-1', content: 'Now add unit tests' });
  const acknowledged = await client.waitFor('ack of m-1', (frame) => frame.type === 'ack' && frame.id === 'm-1');
  assert.equal(acknowledged.eventType, 'UserMessage');
  await client.waitForStatus('completed', completed.sequence);

  client.sendRaw({ type: 'stop', content: 'any' });
  await client.waitForStatus('stopping');
  await client.waitForStatus('stopped');
  assert.equal(await client.closed, 1000);

  const headers = backEndHeadersOf('ada');
  const { chats } = (await (await fetch(`${engine.http}/api/v1/chats`, { headers })).json()) as {
    chats: { id: string; isActive: boolean; agentSessionId: string }[];
  };
  assert.equal(chats.length, 1);
  assert.equal(chats[0]?.isActive, false);
  assert.equal(chats[0]?.agentSessionId, client.sessionId);
});

test('a load test gets the number of events that it asks for', async () => {
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Emit 4000 events');
  const completed = await client.waitForStatus('completed');
  assert.equal(completed.reason, 'finished');
  assert.equal(client.events.filter((frame) => frame.eventType === 'ThinkAction').length, 4_000);
  await client.close();
});
