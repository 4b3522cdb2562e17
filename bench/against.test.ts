// Two commits are measured in turns, and every sample of each is kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureAgainst, mergeRounds } from './against.ts';
import { formatSides } from './report.ts';
import { rowOf, type Scenario, type ScenarioOptions } from './scenario.ts';
import { spreadOf } from './statistics.ts';

const options = { rounds: 3, durationMs: 1, warmUpMs: 1, clients: 1, isQuick: false, measuresGrowth: true };

/** Measures its number of calls, and keeps their options. */
function countingScenario(asked: ScenarioOptions[]): Scenario {
  return async (given) => {
    asked.push(given);
    const row = { name: 'calls', unit: 'calls', referenceName: 'ten', referenceKind: 'baseline' } as const;
    return {
      rows: [rowOf([asked.length], [10], row)],
      figures: { calls: { engine: spreadOf([asked.length]) } },
      notes: ['a note'],
      warnings: ['a warning'],
      problems: given.checkout === '/now' ? [] : [`problem ${asked.length}`],
    };
  };
}

test('commits are measured in turns, and the last one comes first in the next round', async () => {
  const asked: ScenarioOptions[] = [];
  const { before, now } = await measureAgainst({
    scenarios: { counting: countingScenario(asked) },
    names: ['counting'],
    options,
    checkouts: { before: '/before', now: '/now' },
    interrupted: new AbortController().signal,
  });
  assert.deepEqual(
    asked.map(({ checkout }) => checkout),
    ['/before', '/now', '/now', '/before', '/before', '/now'],
  );
  assert.ok(asked.every(({ rounds, measuresGrowth }) => rounds === 1 && !measuresGrowth));
  assert.deepEqual(before.counting?.rows[0]?.ours.samples, [1, 4, 5]);
  assert.deepEqual(now.counting?.rows[0]?.ours.samples, [2, 3, 6]);
});

test('a merged result has the samples and the problems of all rounds', async () => {
  const scenario = countingScenario([]);
  const round = () => scenario({ ...options, checkout: '/before', progress() {} });
  const merged = mergeRounds([await round(), await round()]);
  assert.deepEqual(merged.rows[0]?.ratio.samples, [0.1, 0.2]);
  assert.deepEqual(merged.figures.calls?.engine, { median: 1.5, min: 1, max: 2, samples: [1, 2] });
  assert.deepEqual([merged.notes, merged.warnings], [['a note'], ['a warning']]);
  assert.deepEqual(merged.problems, ['problem 1', 'problem 2']);
  assert.throws(() => mergeRounds([]), /No round/);
});

test('a comparison shows two commits side by side, and calls a change only what is beyond the noise', () => {
  const resultWith = (samples: number[], problems: string[] = []) => {
    const row = rowOf(samples, samples, {
      name: '/health',
      unit: 'requests/s',
      referenceName: 'uws',
      referenceKind: 'ceiling',
    });
    return { rest: { rows: [row, { ...row, referenceName: 'ws' }], figures: {}, notes: [], warnings: [], problems } };
  };
  const [fast, slow] = [resultWith([100, 101, 102, 103, 104]), resultWith([50, 51, 52, 53, 54])];
  const lineOf = (before: typeof fast, now: typeof fast) => formatSides('abc', { before, now }).split('\n').slice(1);
  assert.match(lineOf(fast, slow).join(), /^rest: \/health {2}102 \(100–104\) requests\/s {2}52\.0 .* 0\.51 .* WORSE$/);
  assert.match(lineOf(slow, fast).join(), / better$/);
  assert.match(lineOf(fast, fast).join(), / no change beyond the noise$/);
  assert.match(lineOf(resultWith([1]), resultWith([9])).join(), / too few rounds to tell$/);
  assert.match(lineOf(fast, resultWith([1, 2, 3, 4, 5], ['a row is missing'])).join(), / INVALID$/);
});
