// What metrics were over time: counters as rates, histograms as percentiles, gauges as they are.
import type { Calls } from '../lucid.ts';
import type { Line } from '../ui/lines.ts';

export type Sampled = Calls['sampleMetrics']['answer'];
type Metric = Sampled['metrics'][number];
type Sample = Metric['samples'][number];

/** An hour, at a sample every five seconds. */
const samplesMax = 720;
/** Lines of one chart: as many as can be told apart; the rest is one together. */
const linesMax = 8;

/** What a figure is: a share of a second, bytes, and so on. */
export type Unit = 'count' | 'perSecond' | 'seconds' | 'bytes' | 'dollarsPerHour' | 'processors' | 'time';

export type MetricChart = { name: string; help: string; unit: Unit; lines: Line[] };

export const addSample = (history: readonly Sampled[], sample: Sampled): Sampled[] => [
  ...history.slice(1 - samplesMax),
  sample,
];

export const timesOf = (history: readonly Sampled[]): number[] =>
  history.map(({ sampledAt }) => Date.parse(sampledAt) / 1_000);

/** A chart of each metric that the last sample has. */
export function chartsOf(history: readonly Sampled[]): MetricChart[] {
  const times = timesOf(history);
  const metrics = (history.at(-1)?.metrics ?? []).toSorted((a, b) => a.name.localeCompare(b.name));
  return metrics.map((metric) => {
    const past = history.map(({ metrics }) => metrics.find(({ name }) => name === metric.name)?.samples ?? []);
    return { name: metric.name, help: metric.help, unit: unitOf(metric), lines: linesOf(metric, past, times) };
  });
}

function unitOf({ name, type }: Metric): Unit {
  if (type === 'histogram') return name.endsWith('_seconds') ? 'seconds' : 'count';
  if (type === 'counter') {
    if (name.includes('_dollars_')) return 'dollarsPerHour';
    return name.endsWith('_seconds_total') ? 'processors' : 'perSecond';
  }
  if (name.endsWith('_time_seconds')) return 'time';
  if (name.endsWith('_seconds')) return 'seconds';
  return name.endsWith('_bytes') ? 'bytes' : 'count';
}

function linesOf(metric: Metric, past: readonly (readonly Sample[])[], times: readonly number[]): Line[] {
  if (metric.type === 'histogram') return percentileLines(past);
  const factor = unitOf(metric) === 'dollarsPerHour' ? 3_600 : 1;
  const byName = Map.groupBy(metric.samples, ({ labels }) => nameOf(labels));
  const lines = [...byName].map(([name, [sample]]) => {
    const values = past.map((samples) => findValue(samples, sample?.labels ?? {}));
    return { name, values: metric.type === 'counter' ? ratesOf(values, times).map(scaleBy(factor)) : values };
  });
  return gatherLines(lines);
}

const scaleBy = (factor: number) => (value: number | null) => (value === null ? null : value * factor);

const findValue = (samples: readonly Sample[], labels: Sample['labels']): number | null =>
  samples.find((sample) => nameOf(sample.labels) === nameOf(labels))?.value ?? null;

/** `host 0 finished`, `gateway p99`: the values of labels, those that are numbers with their label. */
const nameOf = (labels: Sample['labels']): string =>
  Object.entries(labels)
    .map(([label, value]) => {
      if (label === 'percentile') return `p${value}`;
      return /^\d+$/.test(value) ? `${label} ${value}` : value;
    })
    .join(' ');

/** A counter that was less before has begun anew. */
export const ratesOf = (counts: readonly (number | null)[], times: readonly number[]): (number | null)[] =>
  counts.map((count, at) => {
    const [before, seconds] = [counts[at - 1] ?? null, (times[at] ?? 0) - (times[at - 1] ?? 0)];
    if (at === 0 || count === null || seconds <= 0) return null;
    return (before === null || count < before ? count : count - before) / seconds;
  });

/** Lines beyond the first few are summed up; the greatest at the end come first. */
function gatherLines(lines: readonly Line[]): Line[] {
  if (lines.length <= linesMax) return [...lines];
  const sorted = [...lines].sort((a, b) => (b.values.at(-1) ?? 0) - (a.values.at(-1) ?? 0));
  const others = sorted.slice(linesMax - 1);
  const values = (sorted[0]?.values ?? []).map((_, at) =>
    others.reduce((sum, line) => sum + (line.values[at] ?? 0), 0),
  );
  return [...sorted.slice(0, linesMax - 1), { name: `${others.length} others`, values }];
}

const percentiles = [50, 99] as const;

function percentileLines(past: readonly (readonly Sample[])[]): Line[] {
  const buckets = past.map(bucketsOf);
  return percentiles.map((percentile) => ({
    name: `p${percentile}`,
    values: buckets.map((now, at) => (at === 0 ? null : percentileOf(since(now, buckets[at - 1] ?? []), percentile))),
  }));
}

/** How many observations were at most so great. */
type Bucket = { atMost: number; count: number };

function bucketsOf(samples: readonly Sample[]): Bucket[] {
  const counts = new Map<number, number>();
  for (const { labels, value } of samples) {
    if (labels.le === undefined) continue;
    const atMost = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
    counts.set(atMost, (counts.get(atMost) ?? 0) + value);
  }
  return [...counts].map(([atMost, count]) => ({ atMost, count })).sort((a, b) => a.atMost - b.atMost);
}

function since(now: readonly Bucket[], before: readonly Bucket[]): Bucket[] {
  const countBefore = (atMost: number) => before.find((bucket) => bucket.atMost === atMost)?.count ?? 0;
  const hasBegunAnew = now.some(({ atMost, count }) => count < countBefore(atMost));
  return now.map(({ atMost, count }) => ({ atMost, count: hasBegunAnew ? count : count - countBefore(atMost) }));
}

/** As Prometheus reckons it: observations lie evenly within their bucket. @returns null where nothing was observed */
export function percentileOf(buckets: readonly Bucket[], percentile: number): number | null {
  const all = buckets.at(-1)?.count ?? 0;
  if (all === 0) return null;
  const wanted = (all * percentile) / 100;
  const at = buckets.findIndex(({ count }) => count >= wanted);
  const bucket = buckets[at];
  const { atMost: from, count: below } = buckets[at - 1] ?? { atMost: 0, count: 0 };
  if (!bucket || bucket.atMost === Number.POSITIVE_INFINITY) return from;
  return from + ((bucket.atMost - from) * (wanted - below)) / (bucket.count - below || 1);
}
