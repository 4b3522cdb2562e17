// The longest wait of a command is that within the time that is asked about.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLongestWait } from './pauses.ts';

test('a command that waited before and after counts with the time between', () => {
  assert.equal(findLongestWait([{ sentAtMs: 0, answeredAtMs: 100 }], 40, 70), 30);
  assert.equal(findLongestWait([{ sentAtMs: 50, answeredAtMs: 60 }], 40, 70), 10);
});

test('a command that is still unanswered waits to the end, and one from another time not at all', () => {
  assert.equal(findLongestWait([{ sentAtMs: 50 }], 40, 70), 20);
  assert.equal(findLongestWait([{ sentAtMs: 0, answeredAtMs: 30 }, { sentAtMs: 80 }], 40, 70), 0);
});
