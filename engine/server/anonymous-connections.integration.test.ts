// What a socket may do before anybody knows whose it is, and what one that floods or talks nonsense comes to.
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
  const client = await TestClient.start(engine.ws, token, 'still there?'); // The same process still does its work.
  await client.waitForStatus('completed');
  await client.close();
  await engine.close();
});

const strangersMax = anonymousBytesMax / limits.frameBytesMax;
const padded = (message: object, bytes: number) => JSON.stringify(message).padEnd(bytes);

test('a frame of somebody unknown holds 16 KiB at most; who has said who it is may send more', async () => {
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

/** Begins a masked text of so many bytes, and says the first of them. */
function beginFrame(socket: Socket, bytes: number, saidBytes: number): void {
  const header = Buffer.alloc(14);
  header.writeUInt16BE(0x81ff, 0);
  header.writeBigUInt64BE(BigInt(bytes), 2);
  socket.write(Buffer.concat([header, Buffer.alloc(saidBytes, ' ')]));
}

test('an unfinished frame of somebody unknown is cut once it announces more than anybody may send', async () => {
  const ways: [query: string, header: string][] = [
    ['', ''],
    ['?token=', ''],
    ['?to=ken', 'Authorization: Basic YWRhOmFkYQ=='], // No token of ours, and so none.
  ];
  for (const way of ways) {
    const stranger = await openRawSocket(engine, ...way);
    const cut = once(stranger, 'close');
    beginFrame(stranger, 1024 * 1024, 1_000);
    await cut;
  }
  for (const way of [[`?token=${token}`, ''] as const, ['', `Authorization: Bearer ${token}`] as const]) {
    const known = await openRawSocket(engine, ...way);
    beginFrame(known, 1024 * 1024, 1_000); // It will be told in words that this is too much.
    known.write(Buffer.alloc(1024 * 1024 - 1_000, ' '));
    const [told] = await once(known, 'data');
    assert.match(String(told), /at most 262144 bytes/);
    known.destroy();
  }
});

test('of too many who do not say who they are the one that waited longest makes room', async () => {
  const strangers: TestClient[] = [];
  for (let n = 0; n < strangersMax; n++) strangers.push(await TestClient.open(engine.ws));
  const [longest, second] = strangers;
  const late = await TestClient.open(engine.ws);
  assert.equal(await longest?.closed, 4029);
  assert.deepEqual([longest?.frames[0]?.code, longest?.frames[0]?.retryAfterMs], ['overloaded', 1_000]);
  late.send({ task: 'x', token });
  await late.waitForStatus('completed');
  const later = await TestClient.open(engine.ws); // Who is known takes no place.
  second?.send({ type: 'ping' });
  await second?.waitForType('pong');
  await Promise.all([...strangers.slice(1), late, later].map((client) => client.close()));
});

test('who sends nothing but nonsense is closed with 4029 after some thousand refusals', async () => {
  const client = await TestClient.start(engine.ws, token, 'x');
  await client.waitForStatus('completed');
  for (let n = 0; n < refusalsInRowMax - 1; n++) client.sendRaw({ type: 'nonsense' });
  client.send({ type: 'message', id: 'sense', content: 'Hello' });
  await client.waitFor('ack', ({ id }) => id === 'sense'); // From here on it is counted anew.
  for (let n = 0; n < refusalsInRowMax; n++) client.sendRaw({ type: 'nonsense' });
  assert.equal(await client.closed, 4029);
  const refusals = client.frames.filter(({ code }) => code === 'unknownType');
  assert.equal(refusals.length, 2 * refusalsInRowMax - 1);
  assert.deepEqual([client.frames.at(-1)?.code, client.frames.at(-1)?.retryable], ['tooManyCommands', true]);
});

test('a flood of tiny frames closes its socket, of answers to pings that nobody sent too; others are answered meanwhile', async () => {
  const witness = await TestClient.start(engine.ws, token, 'x');
  await witness.waitForStatus('completed');
  const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
  for (const tiny of [maskText('{}'), pong]) {
    const flooder = await openRawSocket(engine, `?token=${token}`);
    const ended = once(flooder, 'close');
    flooder.write(maskText(JSON.stringify({ task: 'flood' })));
    await once(flooder, 'data'); // It is told that its session begins.
    flooder.resume();
    flooder.write(Buffer.concat(new Array(100_000).fill(tiny)));
    witness.send({ type: 'ping' });
    await witness.waitForType('pong');
    await ended;
  }
  await witness.close();
});
