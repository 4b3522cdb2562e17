// A run counts the silence of others only while it was itself in touch with PostgreSQL, and late beats cost no more than they are late.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Touch } from './touch.ts';

const silenceMs = 5_000;

/** @returns the touch of a run whose beats were answered after these gaps, and the time of the last answer */
function beat(gapsMs: readonly number[], wasThere = true) {
  const touch = new Touch(0, wasThere);
  let nowMs = 0;
  for (const gapMs of gapsMs) {
    nowMs += gapMs;
    touch.note(nowMs);
  }
  return { touch, nowMs, silentMs: touch.findSilenceMs(nowMs, silenceMs) };
}

const beats = (count: number, gapMs = 1_000): number[] => Array.from({ length: count }, () => gapMs);

test('while all beats are on time a run is dead after five seconds of silence, also for one that has just begun', () => {
  assert.equal(beat(beats(100)).silentMs, silenceMs);
  assert.equal(beat([]).silentMs, silenceMs);
  assert.equal(beat([...beats(10), 10, 10, 10]).silentMs, silenceMs);
});

test('one late beat delays that by as much as it was late, and not by five seconds', () => {
  assert.equal(beat([...beats(10), 2_300]).silentMs, silenceMs + 800);
  assert.equal(beat([...beats(10), 2_300, ...beats(3)]).silentMs, silenceMs + 800);
  assert.equal(beat([...beats(10), 2_300, ...beats(10)]).silentMs, silenceMs);
});

test('where every beat is late a dead run is still found dead', () => {
  const { silentMs = Number.POSITIVE_INFINITY } = beat(beats(30, 2_000));
  assert.ok(silentMs < 7_000, `${silentMs}`);
  const { silentMs: slowest = Number.POSITIVE_INFINITY } = beat(beats(30, 4_900));
  assert.ok(slowest < 17_000, `${slowest}`);
});

test('after PostgreSQL was away, also at the start, nobody is dead for five seconds', () => {
  for (const { touch, nowMs } of [beat([...beats(10), 5_001]), beat([], false)]) {
    assert.equal(touch.findSilenceMs(nowMs, silenceMs), undefined);
    for (const laterMs of [1_000, 2_000, 3_000, 4_000, 5_000]) touch.note(nowMs + laterMs);
    assert.equal(touch.findSilenceMs(nowMs + 4_900, silenceMs), undefined);
    assert.equal(touch.findSilenceMs(nowMs + 5_000, silenceMs), silenceMs);
  }
});

test('a run that beats again within two seconds after any outage is never taken for dead', () => {
  const anyOutage = fc.record({
    /** How long before it each of the two has beaten. */
    mineMs: fc.integer({ min: 0, max: 1_000 }),
    theirsMs: fc.integer({ min: 0, max: 1_000 }),
    awayMs: fc.integer({ min: 0, max: 60_000 }),
    /** How long after it this run's beat is answered. */
    backMs: fc.integer({ min: 0, max: 1_000 }),
    laterMs: fc.integer({ min: 0, max: 2_000 }),
  });
  fc.assert(
    fc.property(anyOutage, ({ mineMs, theirsMs, awayMs, backMs, laterMs }) => {
      const { touch, nowMs } = beat([...beats(10), mineMs + awayMs + backMs]);
      if (laterMs >= 1_000) touch.note(nowMs + 1_000);
      const silentMs = touch.findSilenceMs(nowMs + laterMs, silenceMs);
      assert.ok(silentMs === undefined || silentMs > theirsMs + awayMs + Math.min(backMs + laterMs, 2_000));
    }),
  );
});
