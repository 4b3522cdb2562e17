// Charts of what a sandbox uses: each with its figure of now and its limit, where there is one.
import { formatBytes, formatCount } from '../ui/format.ts';
import { LineChart } from '../ui/line-chart.tsx';
import { lastSampleOf, loadsOf, type ResourceHistory, timesOf, valuesOf } from './resource-history.ts';

type Chart = { title: string; limit: string | null; values: readonly (number | null)[]; format(value: number): string };

const formatLoad = (processors: number): string => processors.toFixed(processors < 10 ? 2 : 1);

function chartsOf(history: ResourceHistory): Chart[] {
  const { cpus = null, memoryBytesMax = null, diskBytesMax = null } = lastSampleOf(history) ?? {};
  const bytesLimit = (bytes: number | null) => (bytes === null ? null : `of ${formatBytes(bytes)}`);
  const charts: Chart[] = [
    {
      title: 'Processors at work',
      limit: cpus === null ? null : `of ${cpus}`,
      values: loadsOf(history),
      format: formatLoad,
    },
    {
      title: 'Memory',
      limit: bytesLimit(memoryBytesMax),
      values: valuesOf(history, 'memoryBytes'),
      format: formatBytes,
    },
    {
      title: 'Workspace',
      limit: bytesLimit(diskBytesMax),
      values: valuesOf(history, 'diskBytes'),
      format: formatBytes,
    },
    { title: 'Processes', limit: null, values: valuesOf(history, 'processes'), format: formatCount },
  ];
  return charts.filter(({ values }) => values.some((value) => value !== null));
}

export const ResourceCharts = ({ history }: { history: ResourceHistory }) => (
  <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,15rem),1fr))] gap-3">
    {chartsOf(history).map(({ title, limit, values, format }) => (
      <section key={title} aria-label={title} className="grid gap-2 rounded-md border border-line bg-surface p-3">
        <h2 className="flex items-baseline gap-2 text-sm font-medium">
          {title} {limit !== null && <span className="text-xs font-normal text-muted">{limit}</span>}
        </h2>
        <LineChart
          label={`${title} over time`}
          times={timesOf(history)}
          lines={[{ name: '', values }]}
          format={format}
        />
      </section>
    ))}
  </div>
);
