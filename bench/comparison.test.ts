// A comparison of two runs names what got worse, and no noise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chanceOfAtMost, compareRuns, isWorse } from './comparison.ts';
import { type ResultFile, resultNameOf } from './results.ts';
import { type Row, rowOf } from './scenario.ts';

const samples = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 8 });
const enough = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 5, maxLength: 8 });

const isWorseTwice = (one: number[], other: number[], moreIsBetter: boolean) =>
  isWorse(one, other, moreIsBetter) && isWorse(other, one, moreIsBetter);

test('a run is not worse than itself, and of two runs never each worse than the other', () => {
  fc.assert(fc.property(samples, fc.boolean(), (run, more) => !isWorse(run, run, more)));
  fc.assert(fc.property(samples, samples, fc.boolean(), (one, other, more) => !isWorseTwice(one, other, more)));
});

test('a better figure is not called worse', () => {
  fc.assert(fc.property(samples, samples, (one, other) => !(isWorse(one, other, true) && isWorse(one, other, false))));
});

test('the order and the unit of samples change nothing', () => {
  fc.assert(
    fc.property(samples, samples, fc.boolean(), fc.constantFrom(0.5, 2, 1_024), (one, other, more, factor) => {
      const scaled = (run: number[]) => run.map((value) => value * factor).reverse();
      assert.equal(isWorse(scaled(one), scaled(other), more), isWorse(one, other, more));
    }),
  );
});

test('five samples are worse that moved in the wrong direction by more than their range', () => {
  fc.assert(
    fc.property(enough, fc.integer({ min: 1, max: 1_000 }), (run, extra) => {
      const moved = run.map((value) => value + Math.max(...run) - Math.min(...run) + extra);
      assert.equal(isWorse(run, moved, false), true);
      assert.equal(isWorse(run, moved, true), false);
      assert.equal(isWorse(moved, run, true), true);
    }),
  );
});

test('three samples are never worse, however far they moved', () => {
  assert.equal(isWorse([1, 2, 3], [1_000, 1_001, 1_002], false), false);
});

test('the chance is that of the published tables', () => {
  assert.equal(chanceOfAtMost(0, 5, 5), 1 / 252);
  assert.equal(chanceOfAtMost(2, 5, 5), 4 / 252);
  assert.equal(chanceOfAtMost(0, 3, 3), 1 / 20);
  assert.equal(chanceOfAtMost(9, 3, 3), 1);
  fc.assert(
    fc.property(fc.nat(6), fc.nat(6), (m, n) => {
      assert.ok(Math.abs(chanceOfAtMost(m * n, m, n) - 1) < 1e-12);
      assert.equal(chanceOfAtMost(0, m, n), chanceOfAtMost(0, n, m));
    }),
  );
});

const machine = {
  name: 'linux-x64-2-cores',
  cores: 2,
  processor: 'a processor',
  memoryBytes: 2 ** 30,
  system: 'Linux',
  node: 'v24',
  commit: 'abc',
  syncMs: 1,
};

function fileOf(rows: Row[], change: Partial<typeof machine> = {}): ResultFile {
  const result = { rows, figures: {}, notes: [], warnings: [], problems: [] };
  return {
    format: 1,
    measuredAt: '2026-01-02T03:04:05.678Z',
    isQuick: false,
    machine: { ...machine, ...change },
    versions: {},
    elapsedMs: {},
    results: { rest: result },
  };
}

const rate = (ours: number[], reference: number[], referenceName = 'uws') =>
  rowOf(ours, reference, { name: '/health', unit: 'requests/s', referenceName, referenceKind: 'ceiling' });

const before = [100, 101, 102, 103, 104];
const slower = [50, 51, 52, 53, 54];

test('a figure that got worse is named once, with its medians before and now, for any number of references', () => {
  const later = fileOf([rate(slower, slower), rate(slower, slower, 'node:http')]);
  const { worse, compared, isSameMachine } = compareRuns(
    fileOf([rate(before, before), rate(before, before, 'node:http')]),
    later,
  );
  assert.equal(isSameMachine, true);
  assert.equal(compared, 1);
  assert.deepEqual(
    worse.map(({ scenario, row, before: was, now }) => [scenario, row.name, was, now]),
    [['rest', '/health', 102, 52]],
  );
});

test('a run on a slower machine is compared by its ratios, so that the machine makes nothing worse', () => {
  const other = compareRuns(fileOf([rate(before, before)]), fileOf([rate(slower, slower)], { processor: 'another' }));
  assert.equal(other.isSameMachine, false);
  assert.deepEqual(other.worse, []);
  const worse = compareRuns(
    fileOf([rate(before, before)]),
    fileOf([rate(slower, before)], { processor: 'another' }),
  ).worse;
  assert.equal(worse[0]?.of, 'ratio');
});

test('figures with too few samples are counted', () => {
  const few = fileOf([rate([1, 2, 3], [1, 2, 3])]);
  assert.equal(compareRuns(few, few).tooFew, 1);
});

test('a run of some scenarios, or a quick one, has its own file name', () => {
  const file = fileOf([]);
  assert.equal(resultNameOf(file, true), '2026-01-02-linux-x64-2-cores');
  assert.equal(resultNameOf(file, false), '2026-01-02-linux-x64-2-cores-rest');
  assert.equal(resultNameOf({ ...file, isQuick: true }, true), '2026-01-02-linux-x64-2-cores-quick');
});
