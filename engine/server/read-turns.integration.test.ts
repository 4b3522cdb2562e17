// A crowd that comes back to a long history: others are answered meanwhile, and every client gets all of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPool, type DatabasePool, sql } from 'slonik';
import { TestClient } from '../testing/client.ts';
import { countWaiting, createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { TestStream } from '../testing/event-stream.ts';
import { callAs, waitUntil } from '../testing/rest.ts';
import { readersMaxOf } from './read-turns.ts';

/** More than kernels keep for a client that doesn't read: 18 MB, of which they take some 5. */
const eventsMax = 3_000;
const connectionsMax = 10;
const crowd = 8;

let database: TestDatabase;
let engine: TestEngine;
let pool: DatabasePool;
before(async () => {
  database = await createTestDatabase();
  engine = await startTestEngine({ databaseUrl: database.url });
  pool = await createPool(database.url);
});
after(async () => {
  await pool?.end();
  await engine?.close();
  await database?.drop();
});

/** Rows as long as their frames may be, after those that are there. @returns the last sequence */
async function addHistory(sessionId: string): Promise<number> {
  const page = await callAs<{ events: unknown[] }>(engine, 'ada', 'GET', `/api/v1/sessions/${sessionId}/events`);
  const last = page.body.events.length;
  await pool.query(sql.unsafe`
    INSERT INTO lucid_engine.chat_messages (id, session_id, sequence, epoch, role, event_type, content, created_at)
    SELECT gen_random_uuid()::text, session_id, ${last} + n, epoch, 'assistant', 'MessageAction', repeat('漢', 2000), created_at
    FROM lucid_engine.chat_messages, generate_series(1, ${eventsMax - last}) n
    WHERE sequence = ${last}`);
  return eventsMax;
}

test('others are answered while a crowd reads a long history, and each client of the crowd gets all of it', async () => {
  const token = await signTestToken('ada');
  const talker = await TestClient.start(engine.ws, token, 'a long story');
  await talker.waitForStatus('completed');
  const { sessionId } = talker;
  await talker.close();
  const last = await addHistory(sessionId);
  const url = `${engine.http}/api/v1/sessions/${sessionId}/events`;
  const streams = await Promise.all(Array.from({ length: crowd }, () => TestStream.open(url, backEndHeadersOf('ada'))));
  const sockets = await Promise.all(
    Array.from({ length: crowd }, () => TestClient.open(`${engine.ws}?token=${token}&session_id=${sessionId}`)),
  );
  await Promise.all([
    ...streams.map((stream) => stream.waitFor('attached', ({ type }) => type === 'attached')),
    ...sockets.map((socket) => socket.waitForType('attached')),
  ]);
  for (const stream of streams) stream.answer.pause();
  for (const { socket } of sockets) socket.pause();

  await pool.transaction(async (transaction) => {
    await transaction.query(sql.unsafe`LOCK TABLE lucid_engine.chat_messages IN ACCESS EXCLUSIVE MODE`);
    for (const stream of streams) stream.answer.resume();
    for (const { socket } of sockets) socket.resume();
    await waitUntil(async () => (await countWaiting(transaction)) >= readersMaxOf(connectionsMax));
    for (let n = 0; n < 20; n++) {
      const { status } = await callAs(engine, 'bob', 'GET', '/api/v1/chats');
      assert.equal(status, 200);
    }
    assert.equal(await countWaiting(transaction), readersMaxOf(connectionsMax));
  });

  const sequences = Array.from({ length: last }, (_, at) => at + 1);
  const isWhole = (frames: { sequence?: unknown }[]) => frames.length >= last;
  for (const stream of streams) {
    await waitUntil(() => isWhole(stream.stored));
    assert.deepEqual(
      stream.stored.map(({ sequence }) => sequence),
      sequences,
    );
    stream.cut();
  }
  for (const socket of sockets) {
    await waitUntil(() => isWhole(socket.events));
    assert.deepEqual(
      socket.events.map(({ sequence }) => sequence),
      sequences,
    );
    await socket.close();
  }
});
