// What a host has to store goes out together, in order, and is counted until it is committed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Write } from '../schema/thread.ts';
import { isSettled, passLoop } from './testing/event-loop.ts';
import { SessionWrites } from './testing/session-writes.ts';
import { bufferedBytesMax, bufferedWritesMax, postedWritesMax, WriteBuffer } from './write-buffer.ts';
import { bytesOf } from './write-bytes.ts';

const write = (at: number): Write => ({
  kind: 'update',
  sessionId: `s-${at}`,
  epoch: 1,
  chatId: 'c',
  isActive: true,
  state: 'live',
});

function createBuffer() {
  const posts: Write[][] = [];
  return { posts, buffer: new WriteBuffer((writes) => posts.push(writes)) };
}

test('everything of one turn of the event loop goes out in one post, nothing before its end', async () => {
  const { posts, buffer } = createBuffer();
  for (const at of [1, 2, 3]) buffer.addWrite(write(at));
  await Promise.resolve();
  buffer.addWrite(write(4));
  assert.deepEqual(posts, []);
  await passLoop();
  assert.deepEqual(posts, [[write(1), write(2), write(3), write(4)]]);
  await passLoop();
  assert.equal(posts.length, 1, 'an idle buffer posts nothing');
});

test('what gathers while the event loop is busy goes out in parts, in order, and nothing twice', async () => {
  const { posts, buffer } = createBuffer();
  const count = 2 * postedWritesMax + 1;
  for (let at = 0; at < count; at++) buffer.addWrite(write(at));
  assert.deepEqual(
    posts.map((post) => post.length),
    [postedWritesMax, postedWritesMax],
  );
  await passLoop();
  assert.deepEqual(
    posts.flat(),
    Array.from({ length: count }, (_, at) => write(at)),
  );
  assert.equal(posts.length, 3);
  for (let at = 0; at < postedWritesMax; at++) buffer.addWrite(write(at));
  await passLoop();
  assert.equal(posts.length, 4, 'the end of the turn has nothing left to post');
});

test('the next turn’s writes are the next post', async () => {
  const { posts, buffer } = createBuffer();
  buffer.addWrite(write(1));
  await passLoop();
  buffer.addWrite(write(2));
  await passLoop();
  assert.deepEqual(posts, [[write(1)], [write(2)]]);
});

test('whatever the turns, every write goes out once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 5 }), { maxLength: 10 }), async (counts) => {
      const { posts, buffer } = createBuffer();
      let added = 0;
      for (const count of counts) {
        for (let n = 0; n < count; n++) buffer.addWrite(write(added++));
        await passLoop();
      }
      assert.deepEqual(
        posts.flat(),
        Array.from({ length: added }, (_, at) => write(at)),
      );
      assert.equal(posts.length, counts.filter((count) => count > 0).length);
      assert.equal(buffer.uncommittedCount, added);
    }),
    { numRuns: 30 },
  );
});

test('a write buffer is full at its limit and has room again below it', async () => {
  const { buffer } = createBuffer();
  for (let at = 0; at < bufferedWritesMax - 1; at++) buffer.addWrite(write(at));
  assert.equal(buffer.isFull, false);
  buffer.addWrite(write(-1));
  assert.equal(buffer.isFull, true);
  const room = buffer.waitForRoom();
  assert.equal(await isSettled(room), false);
  buffer.settleWrites(1);
  await room;
  assert.equal(buffer.isFull, false);
});

test('a few huge writes fill it as well as many small ones', async () => {
  const { buffer } = createBuffer();
  const session = new SessionWrites('1');
  const chars = 1_000_000;
  const write = session.eventWrite({ content: 'x'.repeat(chars) });
  const fitting = Math.floor(bufferedBytesMax / bytesOf(write));
  for (let at = 0; at < fitting; at++) buffer.addWrite(write);
  assert.equal(buffer.isFull, false);
  buffer.addWrite(write);
  assert.equal(buffer.isFull, true);
  buffer.settleWrites(2);
  assert.equal(buffer.isFull, false);
  for (let at = 0; at < 1_000; at++) buffer.addWrite(session.updateWrite());
  buffer.settleWrites(fitting - 1);
  assert.deepEqual([buffer.isFull, buffer.uncommittedCount], [false, 1_000]);
});

test('what a write takes is at least its texts, wherever they stand', () => {
  const session = new SessionWrites('1');
  const input = { path: 'a', text: 'x'.repeat(1_000), nested: [{ more: 'y'.repeat(500) }] };
  const action = session.eventWrite({ content: '', metadata: { toolCall: { id: 'c', name: 'write', input } } });
  assert.ok(bytesOf(action) >= 2 * (1_500 + action.frame.length));
  const open = session.openWrite();
  open.record.settings.task = 'z'.repeat(100_000);
  assert.ok(bytesOf(open) >= 200_000);
  assert.ok(bytesOf(session.updateWrite()) > 0);
});

test('waiting for room is no wait where there is room', async () => {
  const { buffer } = createBuffer();
  buffer.addWrite(write(1));
  await buffer.waitForRoom();
});

test('a wait for an empty buffer ends with the last commit, also of what came meanwhile', async () => {
  const { buffer } = createBuffer();
  await buffer.waitUntilEmpty();
  buffer.addWrite(write(1));
  const empty = buffer.waitUntilEmpty();
  buffer.addWrite(write(2));
  buffer.settleWrites(1);
  assert.equal(await isSettled(empty), false);
  buffer.addWrite(write(3));
  buffer.settleWrites(1);
  assert.equal(await isSettled(empty), false);
  buffer.settleWrites(1);
  await empty;
  assert.equal(buffer.uncommittedCount, 0);
});

test('all who wait hear of a commit, each by its own condition', async () => {
  const { buffer } = createBuffer();
  for (let at = 0; at < bufferedWritesMax + 1; at++) buffer.addWrite(write(at));
  const rooms = [buffer.waitForRoom(), buffer.waitForRoom()];
  const empty = buffer.waitUntilEmpty();
  buffer.settleWrites(1);
  assert.equal(await isSettled(Promise.race(rooms)), false);
  buffer.settleWrites(1);
  await Promise.all(rooms);
  assert.equal(await isSettled(empty), false);
  buffer.settleWrites(bufferedWritesMax - 1);
  await empty;
});
