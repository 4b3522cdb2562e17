// A command that PostgreSQL refuses is answered with the reason, over WebSocket and REST, and the session goes on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'slonik';
import { TestClient } from '../testing/client.ts';
import { runStatement } from '../testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { callAs } from '../testing/rest.ts';

const forbidden = 'what this database refuses';

let engine: TestEngine;
let client: TestClient;

before(async () => {
  engine = await startTestEngine({ environment: { HOST_THREADS: '1' } });
  client = await TestClient.start(engine.ws, await signTestToken('ada'), 'be there');
  await client.waitForStatus('completed');
  await runStatement(
    engine.databaseUrl,
    sql.unsafe`ALTER TABLE lucid_engine.chat_messages ADD CHECK (event_type <> 'UserMessage' OR content <> ${sql.literalValue(forbidden)})`,
  );
});
after(async () => {
  await client?.close();
  await engine?.close();
});

test('a command that can’t be stored gets an error with its id and the reason over WebSocket, each time it is sent', async () => {
  for (let time = 1; time <= 2; time++) {
    const before = client.frames.length;
    client.send({ type: 'message', id: 'bad', content: forbidden });
    const error = await client.waitFor(
      'an error',
      (frame) => frame.id === 'bad' && client.frames.indexOf(frame) >= before,
    );
    assert.equal(error.type, 'error');
    assert.equal(error.code, 'refusedByStorage');
    assert.match(error.message ?? '', /PostgreSQL refused it \(SQLSTATE 23514\)/);
  }
  client.send({ type: 'message', id: 'good', content: 'and on' });
  const ack = await client.waitFor('the ack', (frame) => frame.id === 'good');
  assert.equal(ack.type, 'ack');
});

test('a message that can’t be stored is answered 422 over REST', async () => {
  const path = `/api/v1/sessions/${client.sessionId}/messages`;
  const { status, body } = await callAs<{ code: string }>(engine, 'ada', 'POST', path, { content: forbidden });
  assert.deepEqual([status, body.code], [422, 'refusedByStorage']);
});
