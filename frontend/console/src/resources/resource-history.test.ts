// What charts of a sandbox show, of readings as they come.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addReading,
  emptyHistory,
  lastSampleOf,
  loadsOf,
  type ResourceHistory,
  timesOf,
  valuesOf,
} from './resource-history.ts';

const beganMs = Date.parse('2026-11-29T12:00:00.000Z');
const figures = { cpus: 2, memoryBytesMax: 1_000, diskBytesMax: null, diskBytes: 5, processes: 3 };

const readingAt = (seconds: number, cpuMs: number | null, memoryBytes = 100) => ({
  sandbox: 'docker' as const,
  sample: { at: new Date(beganMs + 1_000 * seconds).toISOString(), cpuMs, memoryBytes, ...figures },
});
const atRest = { sandbox: null, sample: null };

const readAll = (...readings: [Parameters<typeof addReading>[1], seconds: number][]): ResourceHistory =>
  readings.reduce(
    (history, [reading, seconds]) => addReading(history, reading, beganMs + 1_000 * seconds),
    emptyHistory,
  );

test('load is what was used between two readings', () => {
  const history = readAll([readingAt(0, 1_000), 0], [readingAt(2, 2_000), 2], [readingAt(4, 6_000), 4]);
  assert.deepEqual(loadsOf(history), [null, 0.5, 2]);
  assert.deepEqual(
    timesOf(history).map((time) => time - beganMs / 1_000),
    [0, 2, 4],
  );
  assert.deepEqual(valuesOf(history, 'memoryBytes'), [100, 100, 100]);
});

test('a sample that comes again is shown once', () => {
  const history = readAll([readingAt(0, 0), 0], [readingAt(0, 0), 1], [readingAt(2, 0), 2]);
  assert.equal(history.moments.length, 2);
});

test('a rest parts the lines, is no point of its own however long it takes, and is nothing before there is a sandbox', () => {
  const history = readAll([atRest, 0], [readingAt(2, 10), 2], [atRest, 4], [atRest, 6], [readingAt(8, 20, 50), 8]);
  assert.deepEqual(valuesOf(history, 'memoryBytes'), [100, null, 50]);
  assert.deepEqual(loadsOf(history), [null, null, null]);
  assert.equal(addReading(history, atRest, beganMs + 10_000).sandbox, null);
  assert.equal(lastSampleOf(addReading(history, atRest, beganMs + 10_000))?.memoryBytes, 50);
});

test('a new sandbox, a long silence and a sandbox that can not tell have no load', () => {
  const history = readAll(
    [readingAt(0, 9_000), 0],
    [readingAt(2, 10), 2],
    [readingAt(60, 20), 60],
    [readingAt(62, null), 62],
  );
  assert.deepEqual(loadsOf(history), [null, null, null, null]);
});

test('a page that is left open keeps half an hour', () => {
  let history = emptyHistory;
  for (let at = 0; at < 1_000; at++) history = addReading(history, readingAt(2 * at, at), 0);
  assert.deepEqual([history.moments.length, lastSampleOf(history)?.cpuMs], [900, 999]);
});
