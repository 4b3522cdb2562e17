// Clients see how the workspace changed: at once, at most once a second, and never late for the last change.
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import * as fc from 'fast-check';
import { FileTreeFeed, fileTreeIntervalMs } from './file-tree-feed.ts';

const intervalMs = fileTreeIntervalMs;

/** A feed whose time is the mocked one, and when it sent. */
function createFeed() {
  const sentAtMs: number[] = [];
  const send = async () => void sentAtMs.push(Date.now());
  return { feed: new FileTreeFeed(send, Date.now), sentAtMs };
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
});

test('the first change is sent at once', () => {
  const { feed, sentAtMs } = createFeed();
  feed.scheduleTree();
  assert.deepEqual(sentAtMs, [0]);
});

test('changes within a second go along with one tree at its end', () => {
  const { feed, sentAtMs } = createFeed();
  feed.scheduleTree();
  mock.timers.tick(1);
  for (let n = 0; n < 5; n++) feed.scheduleTree();
  mock.timers.tick(intervalMs - 2);
  assert.deepEqual(sentAtMs, [0]);
  mock.timers.tick(1);
  assert.deepEqual(sentAtMs, [0, intervalMs]);
  mock.timers.tick(10 * intervalMs);
  assert.deepEqual(sentAtMs, [0, intervalMs], 'nothing changed since');
});

test('a change after a quiet second is sent at once again', () => {
  const { feed, sentAtMs } = createFeed();
  feed.scheduleTree();
  mock.timers.tick(intervalMs);
  feed.scheduleTree();
  assert.deepEqual(sentAtMs, [0, intervalMs]);
});

test('a closed feed sends nothing more', () => {
  const { feed, sentAtMs } = createFeed();
  feed.scheduleTree();
  feed.scheduleTree();
  feed.close();
  mock.timers.tick(10 * intervalMs);
  assert.deepEqual(sentAtMs, [0]);
});

const gridMs = intervalMs / 10;

/** Mocked timers see the time at the end of a tick: small ticks let each see its own. */
function tickThrough(steps: number): void {
  for (let n = 0; n < steps; n++) mock.timers.tick(gridMs);
}

test('whenever the workspace changes, a tree follows within a second and no two are closer than that', async () => {
  await fc.assert(
    fc.property(fc.array(fc.nat({ max: 25 }), { minLength: 1, maxLength: 20 }), (pauses) => {
      mock.timers.reset();
      mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
      const { feed, sentAtMs } = createFeed();
      const changedAtMs = pauses.map((pause) => {
        tickThrough(pause);
        feed.scheduleTree();
        return Date.now();
      });
      tickThrough(intervalMs / gridMs);
      for (const changeMs of changedAtMs)
        assert.ok(sentAtMs.some((sentMs) => sentMs >= changeMs && sentMs <= changeMs + intervalMs));
      for (const [at, sentMs] of sentAtMs.slice(1).entries()) assert.ok(sentMs - (sentAtMs[at] ?? 0) >= intervalMs);
    }),
  );
});
