// A turn that comes to a limit has a last step to say where things stand, and no command takes the time of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { commandTimeoutMsOf, findLimit } from './turn-limits.ts';

const roomy = { steps: 3, stepsMax: 10, timeLeftMs: 3_600_000, timeoutMs: 3_600_000 };

test('with room for more than one step there is no limit in sight', () => {
  assert.equal(findLimit(roomy), undefined);
});

test('the last step of so many is announced, and there is none behind it', () => {
  const last = findLimit({ ...roomy, steps: 9 });
  assert.deepEqual(
    [last?.isOver, last?.end, last?.message],
    [false, 'iterations', 'The agent was stopped after 10 steps.'],
  );
  assert.equal(findLimit({ ...roomy, steps: 10 })?.isOver, true);
});

test('a turn of one step isn’t told that it is the last', () => {
  assert.equal(findLimit({ ...roomy, steps: 0, stepsMax: 1 }), undefined);
  assert.equal(findLimit({ ...roomy, steps: 1, stepsMax: 1 })?.message, 'The agent was stopped after 1 step.');
});

test('the step in the last minute is the last, and of a short turn that in its last tenth', () => {
  assert.equal(findLimit({ ...roomy, timeLeftMs: 60_000 })?.end, 'timeout');
  assert.equal(findLimit({ ...roomy, timeLeftMs: 60_001 }), undefined);
  assert.equal(findLimit({ ...roomy, timeoutMs: 10_000, timeLeftMs: 1_001 }), undefined);
  assert.equal(findLimit({ ...roomy, timeoutMs: 10_000, timeLeftMs: 1_000 })?.isOver, false);
});

test('a command that takes all of its time leaves some for the last step, unless it is called in the last second', async () => {
  const timeoutMs = fc.integer({ min: 20_000, max: 86_400_000 });
  await fc.assert(
    fc.property(timeoutMs, fc.double({ min: 0.2, max: 1, noNaN: true }), (timeoutMs, share) => {
      const timeLeftMs = Math.floor(timeoutMs * share);
      const left = timeLeftMs - commandTimeoutMsOf({ timeLeftMs, timeoutMs });
      assert.ok(left >= timeoutMs * 0.05 || left >= 59_000);
      assert.equal(findLimit({ ...roomy, timeoutMs, timeLeftMs: left })?.isOver, false);
    }),
  );
});
