// Growth is told from noise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthPerMinute } from './slope.ts';

const every = (stepMs: number, values: number[]) => values.map((value, at) => ({ atMs: at * stepMs, value }));

test('a value that grows steadily grows by that much a minute', () => {
  assert.ok(Math.abs(growthPerMinute(every(30_000, [10, 11, 12, 13])) - 2) < 1e-9);
});

test('a value that goes up and down again does not grow', () => {
  assert.equal(growthPerMinute(every(1_000, [5, 9, 5])), 0);
  assert.equal(growthPerMinute(every(1_000, [7, 7, 7, 7])), 0);
});

test('one measurement shows no growth, nor do two of the same moment', () => {
  assert.equal(growthPerMinute([{ atMs: 5, value: 100 }]), 0);
  assert.equal(growthPerMinute([]), 0);
  assert.equal(
    growthPerMinute([
      { atMs: 5, value: 1 },
      { atMs: 5, value: 3 },
    ]),
    0,
  );
});
