// Which deliveries have a slot while others hold theirs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { countFree, type Pace, paceStreamsMax, paces, quickMsMax, streamsMax } from './pace.ts';

const hold = (pace: Pace, count: number, sinceMs = 0) => Array.from({ length: count }, () => ({ pace, sinceMs }));

test('slow receivers have their own slots, and nobody else’s', () => {
  const held = hold('slow', paceStreamsMax);
  assert.equal(countFree('slow', held, 60_000), 0);
  for (const pace of ['quick', 'new'] as const) assert.equal(countFree(pace, held, 60_000), paceStreamsMax);
});

test('receivers that were quick and hang now leave their slots to others after a second', () => {
  const held = hold('quick', paceStreamsMax);
  assert.equal(countFree('quick', held, quickMsMax), 0);
  assert.equal(countFree('quick', held, quickMsMax + 1), paceStreamsMax);
});

test('no engine delivers more at a time than its limit, whatever is held', async () => {
  const anyHeld = fc.array(fc.record({ pace: fc.constantFrom(...paces), sinceMs: fc.nat(5_000) }), {
    maxLength: streamsMax,
  });
  await fc.assert(
    fc.property(anyHeld, fc.constantFrom(...paces), (held, pace) => {
      const free = countFree(pace, held, 5_000);
      assert.ok(free >= 0 && free + held.length <= streamsMax);
    }),
  );
});
