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

function capturing() {
  const posts: Write[][] = [];
  return { posts, outbox: new WriteBuffer((writes) => posts.push(writes)) };
}

test('everything of one turn of the event loop goes out in one post, nothing before its end', async () => {
  const { posts, outbox } = capturing();
  for (const at of [1, 2, 3]) outbox.addWrite(write(at));
  await Promise.resolve();
  outbox.addWrite(write(4));
  assert.deepEqual(posts, []);
  await passLoop();
  assert.deepEqual(posts, [[write(1), write(2), write(3), write(4)]]);
  await passLoop();
  assert.equal(posts.length, 1, 'an idle outbox posts nothing');
});

test('what gathers while the event loop is busy goes out in parts, in order, and nothing twice', async () => {
  const { posts, outbox } = capturing();
  const count = 2 * postedWritesMax + 1;
  for (let at = 0; at < count; at++) outbox.addWrite(write(at));
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
  for (let at = 0; at < postedWritesMax; at++) outbox.addWrite(write(at));
  await passLoop();
  assert.equal(posts.length, 4, 'the end of the turn has nothing left to post');
});

test('the next turn’s writes are the next post', async () => {
  const { posts, outbox } = capturing();
  outbox.addWrite(write(1));
  await passLoop();
  outbox.addWrite(write(2));
  await passLoop();
  assert.deepEqual(posts, [[write(1)], [write(2)]]);
});

test('whatever the turns, every write goes out once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 5 }), { maxLength: 10 }), async (counts) => {
      const { posts, outbox } = capturing();
      let added = 0;
      for (const count of counts) {
        for (let n = 0; n < count; n++) outbox.addWrite(write(added++));
        await passLoop();
      }
      assert.deepEqual(
        posts.flat(),
        Array.from({ length: added }, (_, at) => write(at)),
      );
      assert.equal(posts.length, counts.filter((count) => count > 0).length);
      assert.equal(outbox.uncommittedCount, added);
    }),
    { numRuns: 30 },
  );
});

test('an outbox is full at its limit and has room again below it', async () => {
  const { outbox } = capturing();
  for (let at = 0; at < bufferedWritesMax - 1; at++) outbox.addWrite(write(at));
  assert.equal(outbox.isFull, false);
  outbox.addWrite(write(-1));
  assert.equal(outbox.isFull, true);
  const room = outbox.waitForRoom();
  assert.equal(await isSettled(room), false);
  outbox.settleWrites(1);
  await room;
  assert.equal(outbox.isFull, false);
});

test('a few huge writes fill it as well as many small ones', async () => {
  const { outbox } = capturing();
  const session = new SessionWrites('1');
  const chars = 1_000_000;
  const write = session.eventWrite({ content: 'x'.repeat(chars) });
  const fitting = Math.floor(bufferedBytesMax / bytesOf(write));
  for (let at = 0; at < fitting; at++) outbox.addWrite(write);
  assert.equal(outbox.isFull, false);
  outbox.addWrite(write);
  assert.equal(outbox.isFull, true);
  outbox.settleWrites(2);
  assert.equal(outbox.isFull, false);
  for (let at = 0; at < 1_000; at++) outbox.addWrite(session.updateWrite());
  outbox.settleWrites(fitting - 1);
  assert.deepEqual([outbox.isFull, outbox.uncommittedCount], [false, 1_000]);
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
  const { outbox } = capturing();
  outbox.addWrite(write(1));
  await outbox.waitForRoom();
});

test('a wait for an empty outbox ends with the last commit, also of what came meanwhile', async () => {
  const { outbox } = capturing();
  await outbox.waitUntilEmpty();
  outbox.addWrite(write(1));
  const empty = outbox.waitUntilEmpty();
  outbox.addWrite(write(2));
  outbox.settleWrites(1);
  assert.equal(await isSettled(empty), false);
  outbox.addWrite(write(3));
  outbox.settleWrites(1);
  assert.equal(await isSettled(empty), false);
  outbox.settleWrites(1);
  await empty;
  assert.equal(outbox.uncommittedCount, 0);
});

test('all who wait hear of a commit, each by its own condition', async () => {
  const { outbox } = capturing();
  for (let at = 0; at < bufferedWritesMax + 1; at++) outbox.addWrite(write(at));
  const rooms = [outbox.waitForRoom(), outbox.waitForRoom()];
  const empty = outbox.waitUntilEmpty();
  outbox.settleWrites(1);
  assert.equal(await isSettled(Promise.race(rooms)), false);
  outbox.settleWrites(1);
  await Promise.all(rooms);
  assert.equal(await isSettled(empty), false);
  outbox.settleWrites(bufferedWritesMax - 1);
  await empty;
});
