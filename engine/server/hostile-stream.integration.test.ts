// Streams whose clients don't read, come in thousands, or send what no client would: what they take is bounded.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { TestClient } from '../testing/client.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { TestStream } from '../testing/event-stream.ts';
import { RecordedLog } from '../testing/log.ts';
import { callAs, waitUntil } from '../testing/rest.ts';
import { streamsPerUserMax } from './event-streams.ts';

let engine: TestEngine;
let token: string;
const log = new RecordedLog(true);
before(async () => {
  engine = await startTestEngine({ log });
  token = await signTestToken('ada');
});
after(() => engine?.close());

const ada = backEndHeadersOf('ada');
const urlOf = (sessionId: string, on: TestEngine = engine) => `${on.http}/api/v1/sessions/${sessionId}/events`;

async function metric(name: string): Promise<number> {
  const lines = (await (await fetch(`${engine.http}/metrics`)).text()).split('\n');
  return Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1] ?? 0);
}

test('a stream that is never read is ended; nobody else notices, and its client misses nothing when it returns', async () => {
  const talker = await TestClient.start(engine.ws, token, 'be loud');
  await talker.waitForStatus('completed');
  const deaf = await TestStream.open(urlOf(talker.sessionId), ada);
  await deaf.waitForStatus('completed');
  deaf.answer.pause();
  const sockets = await metric('lucid_sockets');
  for (let n = 0; (await metric('lucid_sockets_closed_slow_total')) === 0; n++) {
    for (let m = 0; m < 50; m++) talker.send({ type: 'message', id: `loud-${n}-${m}`, content: '漢'.repeat(2_000) });
    await talker.waitFor('ack', (frame) => frame.id === `loud-${n}-49`);
  }
  assert.ok(log.entries.some(({ event }) => event === 'stream.endedSlow'));
  talker.send({ type: 'message', id: 'later', content: 'after it was ended' });
  await talker.waitFor('ack', (frame) => frame.id === 'later');

  deaf.answer.resume(); // What was on its way, then the reason; what was left out waits for its return.
  assert.equal(await deaf.ended, true);
  assert.equal(await metric('lucid_sockets'), sockets - 1);
  assert.deepEqual([deaf.events.at(-1)?.name, deaf.frames.at(-1)?.code], ['error', 'tooSlow']);
  assert.ok(deaf.stored.length < talker.events.length);
  const back = await TestStream.open(urlOf(talker.sessionId), { ...ada, 'Last-Event-ID': deaf.lastEventId });
  talker.send({ type: 'stop' });
  assert.equal(await talker.closed, 1000);
  assert.equal(await back.ended, true);
  assert.equal(back.attached?.recovered, true);
  assert.deepEqual([...deaf.stored, ...back.stored], talker.events);
});

test('a long history reaches a client that reads slowly, all of it', async () => {
  const talker = await TestClient.start(engine.ws, token, 'Emit 3000 events');
  await talker.waitForStatus('completed');
  for (let n = 0; n < 300; n++) talker.send({ type: 'message', id: `n-${n}`, content: '漢'.repeat(2_000) });
  await talker.waitFor('ack', (frame) => frame.id === 'n-299');
  const slow = await TestStream.open(urlOf(talker.sessionId), ada);
  const beat = setInterval(() => {
    slow.answer.pause();
    setTimeout(() => slow.answer.resume(), 15);
  }, 20);
  talker.send({ type: 'stop' });
  assert.equal(await talker.closed, 1000);
  assert.equal(await slow.ended, true);
  clearInterval(beat);
  assert.deepEqual(slow.stored, talker.events);
});

test('one user has so many streams and no more; another still gets one, and a closed one makes room', async () => {
  const open = async (user: string) => {
    const { body } = await callAs<{ sessionId: string }>(engine, user, 'POST', '/api/v1/sessions', { task: 'many' });
    return () => TestStream.open(urlOf(body.sessionId), backEndHeadersOf(user));
  };
  const openFor = await open('crowd');
  const streams: TestStream[] = [];
  while (streams.length < streamsPerUserMax)
    streams.push(...(await Promise.all(Array.from({ length: 100 }, () => openFor()))));
  const refused = await openFor();
  assert.equal(await refused.ended, true);
  assert.deepEqual([refused.status, refused.events[0]?.name, refused.frames[0]?.code], [200, 'error', 'overloaded']);
  assert.equal(refused.retryMs, 5_000);
  const other = await (await open('somebody'))();
  await other.waitForStatus('completed');
  for (const stream of [...streams, other]) stream.cut();
  await waitUntil(async () => {
    const again = await openFor();
    const isOpen = await Promise.race([again.waitFor('attached', ({ type }) => type === 'attached'), again.ended]);
    again.cut();
    return typeof isOpen === 'object';
  });
});

test('streams count as clients of the whole engine, which sockets and streams can fill together', async (t) => {
  const small = await startTestEngine({ options: { socketsMax: 2 } });
  t.after(() => small.close());
  const client = await TestClient.start(small.ws, token, 'first come');
  const stream = await TestStream.open(urlOf(client.sessionId, small), ada);
  await stream.waitForStatus('completed');
  const refused = await TestStream.open(urlOf(client.sessionId, small), ada);
  assert.equal(await refused.ended, true);
  assert.deepEqual([refused.frames[0]?.code, refused.frames[0]?.retryAfterMs], ['overloaded', 5_000]);
  const socket = await TestClient.open(`${small.ws}?token=${token}`);
  assert.equal(await socket.closed, 4029);
});

/** What comes of bytes on a connection of their own, until it ends. */
async function sendBytes(request: string): Promise<string> {
  const socket = connect({ port: engine.port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.write(request);
  return text(socket);
}

test('a request behind an open stream ends the connection, and nothing of it is answered', async () => {
  const { body } = await callAs<{ sessionId: string }>(engine, 'ada', 'POST', '/api/v1/sessions', {
    task: 'pipelined',
  });
  const head = `Host: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nAccept: text/event-stream\r\n\r\n`;
  const request = `GET /api/v1/sessions/${body.sessionId}/events HTTP/1.1\r\n${head}`;
  const got = await sendBytes(request + request);
  assert.ok((got.match(/HTTP\/1\.1 200/g) ?? []).length <= 1);
  assert.equal((await fetch(`${engine.http}/health`)).status, 200);
});

test('clients that leave at any moment leave nothing behind', async () => {
  const { body } = await callAs<{ sessionId: string }>(engine, 'ada', 'POST', '/api/v1/sessions', {
    task: 'in and out',
  });
  const sockets = await metric('lucid_sockets');
  await Promise.all(
    Array.from({ length: 200 }, async (_, at) => {
      const socket = connect({ port: engine.port, host: '127.0.0.1' });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      const path = `/api/v1/sessions/${body.sessionId}/events?token=${token}`;
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`);
      if (at % 2 === 0) await once(socket, 'data');
      socket.resetAndDestroy();
    }),
  );
  await waitUntil(async () => (await metric('lucid_sockets')) <= sockets); // One of before may go meanwhile.
});

test('no token of a URL is in the log', () => {
  assert.ok(log.entries.length > 0);
  assert.ok(!JSON.stringify(log.entries).includes(token));
});
