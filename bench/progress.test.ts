// Whoever waits for a run is told how far it is and about how long it still takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Course, estimateTimeLeftMs, formatDuration, formatProgress } from './progress.ts';

const begun: Course = { names: ['a', 'b', 'c'], at: 0, elapsedMs: {}, runningMs: 0, earlierMs: {} };
const earlierMs = { a: 10_000, b: 20_000, c: 30_000 };

test('a run has no estimate while nothing is known', () => {
  assert.equal(estimateTimeLeftMs(begun), undefined);
  assert.equal(formatProgress(begun, 'round 1'), '[1 of 3] a: round 1');
});

test('a run is estimated from an earlier one', () => {
  assert.equal(estimateTimeLeftMs({ ...begun, earlierMs }), 60_000);
  assert.equal(estimateTimeLeftMs({ ...begun, earlierMs, runningMs: 4_000 }), 56_000);
  assert.equal(formatProgress({ ...begun, earlierMs, at: 1 }, 'round 2'), '[2 of 3, about 50 s left] b: round 2');
});

test('a run on a slower machine is estimated to take longer', () => {
  assert.equal(estimateTimeLeftMs({ ...begun, earlierMs, at: 1, elapsedMs: { a: 20_000 } }), 100_000);
});

test('a new scenario is estimated as the others, and the rest is never less than nothing', () => {
  const course = { ...begun, at: 1, elapsedMs: { a: 8_000 }, earlierMs: { b: 2_000 } };
  assert.equal(estimateTimeLeftMs({ ...course, runningMs: 60_000 }), 8_000);
});

test('a time is shown in seconds, then in minutes, rounded up', () => {
  assert.deepEqual([0, 1, 12_000, 51_000, 61_000, 600_000].map(formatDuration), [
    'about 0 s',
    'about 10 s',
    'about 20 s',
    'about 1 min',
    'about 2 min',
    'about 10 min',
  ]);
});
