// The longest wait of a command is that within the time that is asked about, and is judged beside what the machine did.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLonger, findLongestWait } from './pauses.ts';

test('a command that waited before and after counts with the time between', () => {
  assert.equal(findLongestWait([{ sentAtMs: 0, answeredAtMs: 100 }], 40, 70), 30);
  assert.equal(findLongestWait([{ sentAtMs: 50, answeredAtMs: 60 }], 40, 70), 10);
});

test('a command that is still unanswered waits to the end, and one from another time not at all', () => {
  assert.equal(findLongestWait([{ sentAtMs: 50 }], 40, 70), 20);
  assert.equal(findLongestWait([{ sentAtMs: 0, answeredAtMs: 30 }, { sentAtMs: 80 }], 40, 70), 0);
});

test('pauses that the machine made as well are no longer than its own, whichever rounds they were in', () => {
  assert.equal(findLonger([900, 20, 30], [10, 850, 40], 100), undefined);
  assert.equal(findLonger([], [], 100), undefined);
});

test('a pause in every round is found beside one long pause of the machine, and so is the longest of all', () => {
  assert.deepEqual(findLonger([400, 400, 400], [2_000, 50, 50], 250), { rank: 2, pauseMs: 400, machineMs: 50 });
  assert.deepEqual(findLonger([30, 5_000, 20], [50, 60, 50], 250), { rank: 1, pauseMs: 5_000, machineMs: 60 });
});
