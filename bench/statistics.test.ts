// The statistics of a table's figures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, percentile, ratioOf, spreadOf } from './statistics.ts';

test('the median of an odd number of samples is the one in the middle, whatever their order', () => {
  assert.equal(median([30, 10, 20]), 20);
  assert.equal(median([7]), 7);
});

test('the median of an even number of samples lies between the two in the middle', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

test('numbers are ordered as numbers, not as text', () => {
  assert.equal(median([9, 100, 10]), 10);
});

test('a percentile is always one of the samples', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(percentile(hundred, 50), 50);
  assert.equal(percentile(hundred, 99), 99);
  assert.equal(percentile(hundred, 99.1), 100);
  assert.equal(percentile(hundred, 100), 100);
  assert.equal(percentile([5], 1), 5);
});

test('a spread keeps its samples in the order they were measured', () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3, samples: [3, 1, 2] });
});

test('a ratio compares samples that were measured next to each other', () => {
  assert.deepEqual(ratioOf([10, 30, 80], [20, 40, 80]), { median: 0.75, min: 0.5, max: 1, samples: [0.5, 0.75, 1] });
});

test('no samples have no statistics', () => {
  assert.throws(() => median([]), /no samples/);
  assert.throws(() => ratioOf([1], [1, 2]), /as many samples/);
});
