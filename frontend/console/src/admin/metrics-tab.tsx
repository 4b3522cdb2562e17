// Everything that is measured, as small charts since the page was opened.
import { useMemo, useState } from 'react';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';
import { LineChart } from '../ui/line-chart.tsx';
import { SearchField } from '../ui/search-field.tsx';
import { formatFigure } from './format-figure.ts';
import { chartsOf, type MetricChart, timesOf } from './metric-history.ts';
import type { MetricHistory } from './use-metric-history.ts';

export function MetricsTab({ history, error, readAgain }: MetricHistory) {
  const [search, setSearch] = useState('');
  const times = useMemo(() => timesOf(history), [history]);
  const charts = useMemo(() => chartsOf(history), [history]);
  const found = charts.filter(({ name, help }) =>
    `${name} ${help}`.toLowerCase().includes(search.trim().toLowerCase()),
  );
  if (error && history.length === 0) return <Failure error={error} doing="Reading the metrics" retry={readAgain} />;
  return (
    <div className="grid gap-4">
      <SearchField label="Search metrics" value={search} onChange={setSearch} />
      <p className="text-sm text-muted">
        Sampled every five seconds while this page is open, for an hour at most. For more, let Prometheus read{' '}
        <code className="font-mono">/metrics</code>.
      </p>
      {error && <Failure error={error} doing="Reading the metrics" retry={readAgain} />}
      {found.length === 0 && history.length > 0 && (
        <EmptyState title="No metric has these words">Try fewer.</EmptyState>
      )}
      <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
        {found.map((chart) => (
          <MetricCard key={chart.name} chart={chart} times={times} />
        ))}
      </ul>
    </div>
  );
}

function MetricCard({ chart: { name, help, unit, lines }, times }: { chart: MetricChart; times: readonly number[] }) {
  return (
    <li className="grid min-w-0 content-start gap-2 rounded-md border border-line bg-surface p-3">
      <div className="grid gap-0.5">
        <h2 className="font-mono text-xs font-medium">{name}</h2>
        <p className="text-sm text-muted">{help}</p>
      </div>
      {lines.length === 0 ? (
        <p className="text-sm text-muted">Nothing yet.</p>
      ) : (
        <LineChart
          label={`${name} over time`}
          times={times}
          lines={lines}
          format={(value) => formatFigure(value, unit)}
        />
      )}
    </li>
  );
}
