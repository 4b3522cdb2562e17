// Numbers and times are short, and say no more than is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAge, formatBytes, formatCost, formatCount, formatDuration, formatElapsed } from './format.ts';

test('a cost of less than a cent is not shown as nothing', () => {
  assert.deepEqual([0, 0.0021, 0.0214, 12].map(formatCost), ['$0.00', '$0.0021', '$0.02', '$12.00']);
});

test('a duration is told in the two units that matter', () => {
  assert.deepEqual([8, 4_230, 59_949, 59_960, 200_000, 7_500_000].map(formatDuration), [
    '8 ms',
    '4.2 s',
    '59.9 s',
    '1 min 0 s',
    '3 min 20 s',
    '2 h 5 min',
  ]);
});

test('what goes on is told in whole seconds', () => {
  assert.deepEqual([999, 4_999, 59_999, 72_500].map(formatElapsed), ['0 s', '4 s', '59 s', '1 min 12 s']);
});

test('an age is told by the largest unit, and as a date after a day', () => {
  const nowMs = Date.parse('2026-11-29T12:00:00Z');
  const at = (beforeMs: number) => formatAge(new Date(nowMs - beforeMs).toISOString(), nowMs);
  assert.deepEqual([0, 300_000, 7_300_000].map(at), ['just now', '5 min ago', '2 h ago']);
  assert.match(at(400_000_000), /2026/);
});

test('bytes and counts are rounded to one digit', () => {
  assert.deepEqual([812, 4_200, 5_000_000].map(formatBytes), ['812 B', '4.1 KB', '4.8 MB']);
  assert.deepEqual([12, 8_204].map(formatCount), ['12', '8.2K']);
});
