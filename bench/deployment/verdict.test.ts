// The verdict: limits that are given are held or not, and a load under which nothing happened is never good.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tally } from './tally.ts';
import { verdictOf } from './verdict.ts';

function tallyOf(acknowledgedMs: number[], errors: string[] = []): Tally {
  const tally = new Tally();
  for (const ms of acknowledgedMs) tally.took('acknowledged', ms);
  for (const code of errors) tally.failed(code);
  return tally;
}

test('a limit is held up to its value and not beyond', () => {
  const tally = tallyOf([10, 20], ['overloaded', 'overloaded', 'closed 1006']);
  assert.equal(verdictOf(tally, { p99MsMax: 20.1, errorsMax: 3 }).isGood, true);
  assert.equal(verdictOf(tally, { p99MsMax: 19 }).isGood, false);
  assert.equal(verdictOf(tally, { errorsMax: 2 }).isGood, false);
  assert.deepEqual(tally.errorsByCode, [
    ['overloaded', 2],
    ['closed 1006', 1],
  ]);
});

test('without limits all is good, unless nothing was acknowledged', () => {
  assert.equal(verdictOf(tallyOf([10], ['overloaded']), {}).isGood, true);
  assert.equal(verdictOf(tallyOf([]), {}).isGood, false);
  assert.equal(verdictOf(tallyOf([]), { p99MsMax: 1_000 }).isGood, false);
});
