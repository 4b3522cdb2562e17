// Costs by user and day, as the chart and the table show them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstDayOf, listDays, sumByUser } from './cost-days.ts';

const row = (day: string, userId: string | null, costUsd: number | undefined, turns = 1) => ({
  ...{ day, userId, turns },
  ...{ inputTokens: 10, outputTokens: 5, cachedTokens: 0, cacheWriteTokens: 0, steps: 1, durationMs: 1 },
  ...(costUsd !== undefined && { costUsd }),
});

const costs = {
  from: '2026-02-27',
  to: '2026-03-02',
  days: [
    row('2026-02-27', 'ada', 1),
    row('2026-02-27', 'ben', 3),
    row('2026-03-01', null, 9),
    row('2026-03-02', 'ada', 4),
    row('2026-03-02', 'cara', undefined, 7),
  ],
};

test('every day of the range is there, also those on which nothing was used', () => {
  assert.deepEqual(
    listDays(costs, 'costUsd').map(({ day, total }) => [day, total]),
    [
      ['2026-02-27', 4],
      ['2026-02-28', 0],
      ['2026-03-01', 9],
      ['2026-03-02', 4],
    ],
  );
  assert.equal(listDays(costs, 'costUsd')[0]?.byUser.get('ben'), 3);
});

test('users come by what they used of what is looked at, all others at the end', () => {
  const names = (measure: 'costUsd' | 'turns') => sumByUser(costs, measure).map(({ who }) => who);
  assert.deepEqual(names('costUsd'), ['ada', 'ben', 'cara', null]);
  assert.deepEqual(names('turns'), ['cara', 'ada', 'ben', null]);
  assert.deepEqual(sumByUser(costs, 'costUsd')[0], {
    who: 'ada',
    costUsd: 5,
    outputTokens: 10,
    inputTokens: 20,
    turns: 2,
  });
});

test('a range of days ends today', () => {
  assert.equal(firstDayOf(7, Date.parse('2026-03-02T23:59:59Z')), '2026-02-24');
  assert.equal(firstDayOf(1, Date.parse('2026-03-02T00:00:00Z')), '2026-03-02');
});
