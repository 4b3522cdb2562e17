// Charts of metrics: what counters and histograms come to between two samples.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addSample, chartsOf, percentileOf, ratesOf, type Sampled } from './metric-history.ts';

type Metric = Sampled['metrics'][number];

const sampledAt = (second: number, ...metrics: Metric[]): Sampled => ({
  sampledAt: new Date(second * 1_000).toISOString(),
  metrics,
});
const metric = (name: string, type: Metric['type'], ...values: [Record<string, string>, number][]): Metric => ({
  name,
  help: 'Help.',
  type,
  samples: values.map(([labels, value]) => ({ name, labels, value })),
});

test('a gauge is shown as it is, and a counter as what it grew by in a second', () => {
  const history = [
    sampledAt(0, metric('lucid_sockets', 'gauge', [{}, 3]), metric('a_total', 'counter', [{ status: '200' }, 100])),
    sampledAt(5, metric('lucid_sockets', 'gauge', [{}, 4]), metric('a_total', 'counter', [{ status: '200' }, 150])),
  ];
  const [total, sockets] = chartsOf(history);
  assert.deepEqual(sockets?.lines, [{ name: '', values: [3, 4] }]);
  assert.deepEqual([total?.unit, total?.lines], ['perSecond', [{ name: 'status 200', values: [null, 10] }]]);
});

test('a line that comes later has nothing before, and one that went is shown no more', () => {
  const history = [
    sampledAt(0, metric('lucid_sessions', 'gauge', [{ host: '0' }, 3])),
    sampledAt(5, metric('lucid_sessions', 'gauge', [{ host: '1' }, 4])),
  ];
  assert.deepEqual(chartsOf(history)[0]?.lines, [{ name: 'host 1', values: [null, 4] }]);
});

test('money is told by the hour, and processor time as processors', () => {
  const at = (second: number, value: number) =>
    sampledAt(
      second,
      metric('lucid_model_cost_dollars_total', 'counter', [{}, value]),
      metric('process_cpu_seconds_total', 'counter', [{}, value]),
    );
  const [cost, cpu] = chartsOf([at(0, 0), at(10, 5)]);
  assert.deepEqual([cost?.unit, cost?.lines[0]?.values[1]], ['dollarsPerHour', 1_800]);
  assert.deepEqual([cpu?.unit, cpu?.lines[0]?.values[1]], ['processors', 0.5]);
});

test('a histogram is shown by the percentiles of what came since the sample before', () => {
  const at = (second: number, ...counts: number[]) =>
    sampledAt(
      second,
      metric(
        'lucid_commit_seconds',
        'histogram',
        [{ le: '0.1' }, counts[0] ?? 0],
        [{ le: '1' }, counts[1] ?? 0],
        [{ le: '+Inf' }, counts[2] ?? 0],
        [{}, 7],
      ),
    );
  const [chart] = chartsOf([at(0, 1_000, 1_000, 1_000), at(5, 1_100, 1_100, 1_100), at(10, 1_100, 1_100, 1_100)]);
  assert.equal(chart?.unit, 'seconds');
  assert.deepEqual(chart?.lines, [
    { name: 'p50', values: [null, 0.05, null] },
    { name: 'p99', values: [null, 0.099, null] },
  ]);
});

test('of many lines the greatest are shown, and all others as one', () => {
  const many = metric(
    'lucid_turns_total',
    'gauge',
    ...Array.from({ length: 20 }, (_, at): [Record<string, string>, number] => [{ model: `m${at}` }, at]),
  );
  const lines = chartsOf([sampledAt(0, many)])[0]?.lines ?? [];
  assert.equal(lines.length, 8);
  assert.deepEqual(lines[0], { name: 'm19', values: [19] });
  assert.deepEqual(lines.at(-1), { name: '13 others', values: [78] });
});

test('an hour is kept, and no more', () => {
  let history: Sampled[] = [];
  for (let second = 0; second < 5_000; second += 5) history = addSample(history, sampledAt(second));
  assert.equal(history.length, 720);
  assert.equal(history.at(-1)?.sampledAt, new Date(4_995_000).toISOString());
});

test('no rate is below zero, and no percentile outside of its buckets', () => {
  const counts = fc.array(fc.option(fc.nat(), { nil: null }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(counts, (all) => {
      const rates = ratesOf(
        all,
        all.map((_, at) => at * 5),
      );
      assert.ok(rates.every((rate) => rate === null || (rate >= 0 && Number.isFinite(rate))));
    }),
  );
  const grown = fc.array(fc.nat({ max: 1_000 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(grown, fc.integer({ min: 1, max: 99 }), (more, percentile) => {
      let count = 0;
      const buckets = more.map((each, at) => {
        count += each;
        return { atMost: at === more.length - 1 ? Number.POSITIVE_INFINITY : at + 1, count };
      });
      const value = percentileOf(buckets, percentile);
      assert.ok(count === 0 ? value === null : value !== null && value >= 0 && value <= more.length - 1);
    }),
  );
});
