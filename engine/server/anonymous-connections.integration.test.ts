// What a client may do before it has said who it is, and what becomes of one that floods or sends nonsense.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import { TestClient } from '../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { maskText, openRawSocket } from '../testing/raw-socket.ts';
import { anonymousBytesMax } from './anonymous-connections.ts';
import { refusalsInRowMax } from './connection.ts';
import { anonymousFrameBytesMax } from './socket.ts';

let engine: TestEngine;
let token: string;
before(async () => {
  engine = await startTestEngine();
  token = await signTestToken('ada');
});
after(async () => {
  const client = await TestClient.start(engine.ws, token, 'still there?'); // The same process still works.
  await client.waitForStatus('completed');
  await client.close();
  await engine?.close();
});

const anonymousMax = anonymousBytesMax / limits.frameBytesMax;
const padded = (message: object, bytes: number) => JSON.stringify(message).padEnd(bytes);

test('a client may send frames of 16 KiB until it has said who it is, and then larger ones', async () => {
  const longest = await TestClient.open(engine.ws);
  longest.sendRaw(padded({ task: 'x', token }, anonymousFrameBytesMax));
  await longest.waitForStatus('completed');
  longest.send({ type: 'message', id: 'long', content: 'x'.repeat(limits.taskCharsMax) });
  await longest.waitFor('ack', ({ id }) => id === 'long');
  await longest.close();
  const longer = await TestClient.open(engine.ws);
  longer.sendRaw(padded({ task: 'x', token }, anonymousFrameBytesMax + 1));
  assert.equal(await longer.closed, 4002);
  assert.match(longer.frames[0]?.message ?? '', /at most 16384 bytes until its sender has said who it is/);
});

/** Sends the header of a masked text of so many bytes, and the first of them. */
function beginFrame(socket: Socket, bytes: number, sentBytes: number): void {
  const header = Buffer.alloc(14);
  header.writeUInt16BE(0x81ff, 0);
  header.writeBigUInt64BE(BigInt(bytes), 2);
  socket.write(Buffer.concat([header, Buffer.alloc(sentBytes, ' ')]));
}

test('a client that hasn’t said who it is is cut off once its frame announces more than anybody may send', async () => {
  const ways: [query: string, header: string][] = [
    ['', ''],
    ['?token=', ''],
    ['?to=ken', 'Authorization: Basic YWRhOmFkYQ=='], // The scheme isn't Bearer, so this is no token.
  ];
  for (const way of ways) {
    const anonymous = await openRawSocket(engine, ...way);
    const cut = once(anonymous, 'close');
    beginFrame(anonymous, 1024 * 1024, 1_000);
    await cut;
  }
  for (const way of [[`?token=${token}`, ''] as const, ['', `Authorization: Bearer ${token}`] as const]) {
    const known = await openRawSocket(engine, ...way);
    beginFrame(known, 1024 * 1024, 1_000); // The engine refuses this one in words.
    known.write(Buffer.alloc(1024 * 1024 - 1_000, ' '));
    const [told] = await once(known, 'data');
    assert.match(String(told), /at most 262144 bytes/);
    known.destroy();
  }
});

test('a client finds room although too many have not said who they are: the oldest of them is closed', async () => {
  const anonymous: TestClient[] = [];
  for (let n = 0; n < anonymousMax; n++) anonymous.push(await TestClient.open(engine.ws));
  const [oldest, second] = anonymous;
  const late = await TestClient.open(engine.ws);
  assert.equal(await oldest?.closed, 4029);
  assert.deepEqual([oldest?.frames[0]?.code, oldest?.frames[0]?.retryAfterMs], ['overloaded', 1_000]);
  late.send({ task: 'x', token });
  await late.waitForStatus('completed');
  const later = await TestClient.open(engine.ws); // A client that has said who it is takes no place.
  second?.send({ type: 'ping' });
  await second?.waitForType('pong');
  await Promise.all([...anonymous.slice(1), late, later].map((client) => client.close()));
});

test('a client that sends nothing but nonsense is closed with 4029 after two thousand refusals', async () => {
  const client = await TestClient.start(engine.ws, token, 'x');
  await client.waitForStatus('completed');
  for (let n = 0; n < refusalsInRowMax - 1; n++) client.sendRaw({ type: 'nonsense' });
  client.send({ type: 'message', id: 'sense', content: 'Hello' });
  await client.waitFor('ack', ({ id }) => id === 'sense'); // An accepted command starts the count anew.
  for (let n = 0; n < refusalsInRowMax; n++) client.sendRaw({ type: 'nonsense' });
  assert.equal(await client.closed, 4029);
  const refusals = client.frames.filter(({ code }) => code === 'unknownType');
  assert.equal(refusals.length, 2 * refusalsInRowMax - 1);
  assert.deepEqual([client.frames.at(-1)?.code, client.frames.at(-1)?.retryable], ['tooManyCommands', true]);
});

test('a flood of tiny frames, or of pongs that nobody asked for, closes its socket; others are answered meanwhile', async () => {
  const witness = await TestClient.start(engine.ws, token, 'x');
  await witness.waitForStatus('completed');
  const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
  for (const tiny of [maskText('{}'), pong]) {
    const flooder = await openRawSocket(engine, `?token=${token}`);
    const ended = once(flooder, 'close');
    flooder.write(maskText(JSON.stringify({ task: 'flood' })));
    await once(flooder, 'data'); // The session begins.
    flooder.resume();
    flooder.write(Buffer.concat(new Array(100_000).fill(tiny)));
    witness.send({ type: 'ping' });
    await witness.waitForType('pong');
    await ended;
  }
  await witness.close();
});
