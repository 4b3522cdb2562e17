// The verdict is bad where a given limit is exceeded, or nothing was acknowledged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLoad } from './judge-load.ts';
import { LoadTally } from './load-tally.ts';

function tallyOf(acknowledgedMs: number[], errors: string[] = []): LoadTally {
  const tally = new LoadTally();
  for (const ms of acknowledgedMs) tally.recordTime('acknowledged', ms);
  for (const code of errors) tally.recordError(code);
  return tally;
}

test('a load holds a limit up to its value', () => {
  const tally = tallyOf([10, 20], ['overloaded', 'overloaded', 'closed 1006']);
  assert.equal(judgeLoad(tally, { p99MsMax: 20.1, errorsMax: 3 }).isGood, true);
  assert.equal(judgeLoad(tally, { p99MsMax: 19 }).isGood, false);
  assert.equal(judgeLoad(tally, { errorsMax: 2 }).isGood, false);
  assert.deepEqual(tally.errorsByCode, [
    ['overloaded', 2],
    ['closed 1006', 1],
  ]);
});

test('a load without limits is good, unless nothing was acknowledged', () => {
  assert.equal(judgeLoad(tallyOf([10], ['overloaded']), {}).isGood, true);
  assert.equal(judgeLoad(tallyOf([]), {}).isGood, false);
  assert.equal(judgeLoad(tallyOf([]), { p99MsMax: 1_000 }).isGood, false);
});
