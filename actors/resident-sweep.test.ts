// What a look at a session finds to do: keep it, passivate it, or forget it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { planSweep, type SweptSession } from './resident-sweep.ts';

const resting: SweptSession = { hasEnded: false, hasUncommitted: false, passivatesAtMs: 100, waitingCommands: 0 };

test('a session that nobody needed for long enough is passivated, and not before', () => {
  assert.deepEqual(planSweep(resting, 99), { kind: 'keep', untilMs: 100 });
  assert.deepEqual(planSweep(resting, 100), { kind: 'passivate' });
});

test('a session that works is looked at again at the next sweep', () => {
  assert.deepEqual(planSweep({ ...resting, passivatesAtMs: undefined }, 1_000), { kind: 'keep' });
});

test('a session for which commands wait is not passivated', () => {
  assert.deepEqual(planSweep({ ...resting, waitingCommands: 1 }, 1_000), { kind: 'keep' });
});

test('an ended session is forgotten once all of it is stored', () => {
  assert.deepEqual(planSweep({ ...resting, hasEnded: true, hasUncommitted: true }, 1_000), { kind: 'keep' });
  assert.deepEqual(planSweep({ ...resting, hasEnded: true }, 1_000), { kind: 'forget' });
});

test('no session is passivated or forgotten that works, waits to be stored, or has commands waiting', () => {
  const anySeen = fc.record({
    hasEnded: fc.boolean(),
    hasUncommitted: fc.boolean(),
    passivatesAtMs: fc.option(fc.nat(200), { nil: undefined }),
    waitingCommands: fc.nat(2),
  });
  void fc.assert(
    fc.property(anySeen, fc.nat(200), (seen, nowMs) => {
      const { kind } = planSweep(seen, nowMs);
      if (kind === 'passivate')
        assert.ok(!seen.hasEnded && seen.waitingCommands === 0 && (seen.passivatesAtMs ?? 999) <= nowMs);
      if (kind === 'forget') assert.ok(seen.hasEnded && !seen.hasUncommitted);
    }),
  );
});
