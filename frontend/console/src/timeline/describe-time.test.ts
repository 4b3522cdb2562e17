// One sees when things happened, without a time at each of many that happened at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeTime } from './describe-time.ts';

/** In the time of this machine. */
const at = (day: number, hour: number, minute: number, second = 0) =>
  ({ kind: 'message', at: new Date(2026, 10, day, hour, minute, second).toISOString() }) as const;

test('the first tells its day and time, a later one its time where the minute is another', () => {
  assert.equal(describeTime(at(29, 9, 5), undefined), 'Nov 29, 09:05');
  assert.equal(describeTime(at(29, 9, 5, 59), at(29, 9, 5)), undefined);
  assert.equal(describeTime(at(29, 9, 6), at(29, 9, 5, 59)), '09:06');
  assert.equal(describeTime(at(30, 0, 0), at(29, 23, 59)), 'Nov 30, 00:00');
});

test('what comes after missing events is told as the first is, and the gap itself has no time', () => {
  const gap = { ...at(29, 9, 5), kind: 'gap' } as const;
  assert.equal(describeTime(gap, at(29, 9, 4)), undefined);
  assert.equal(describeTime(at(29, 9, 5), gap), 'Nov 29, 09:05');
  assert.equal(describeTime({ kind: 'message', at: '' }, undefined), undefined);
});
