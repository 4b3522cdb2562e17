// The figures of all threads as data: what `/metrics` writes as text.
import type { MetricObjectWithValues, MetricValueWithName, Registry } from 'prom-client';
import type { MetricSample, SampledMetric } from '../../schema/protocol/routes/admin.ts';

export async function samplesOf(registry: Registry): Promise<SampledMetric[]> {
  const metrics = (await registry.getMetricsAsJSON()) as unknown as Collected[];
  return metrics.map(({ name, help, type, values }) => ({
    name,
    help,
    type,
    samples: values.map((sample) => ({
      name: sample.metricName ?? name,
      labels: labelsOf(sample.labels),
      value: sample.value,
    })),
  }));
}

/** What the registry holds; its own types know neither the words of types nor the names of buckets. */
type Collected = Omit<MetricObjectWithValues<MetricValueWithName<string>>, 'type' | 'values'> &
  Pick<SampledMetric, 'type'> & {
    values: { metricName?: string; labels: Record<string, string | number>; value: number }[];
  };

const labelsOf = (labels: Record<string, string | number>) =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));

/** The sample of a metric with these labels; 0 where there is none. */
export function findValue(
  metrics: readonly SampledMetric[],
  name: string,
  labels: Record<string, string> = {},
): number {
  const samples = metrics.find((metric) => metric.name === name)?.samples ?? [];
  return samples.find((sample) => hasLabels(sample, labels))?.value ?? 0;
}

export const hasLabels = (sample: MetricSample, labels: Record<string, string>): boolean =>
  Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
