// The dashboard and the alerts ask for metrics that there are, by labels that there are, and the dashboard shows each of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricNames } from '../../schema/metrics.ts';
import { listDashboardExpressions, readAlerts, readDashboard } from '../testing/dashboard.ts';

const names: readonly string[] = Object.values(metricNames).map(({ name }) => name);
const dashboard = listDashboardExpressions()
  .map(({ expr }) => expr)
  .join('\n');
const rules = readAlerts();

/** The metrics that a text names, those of histograms without what is put behind their name. */
const metricsIn = (text: string): string[] => [
  ...new Set(text.match(/\b(?:lucid|process)_\w+/g)?.map((name) => name.replace(/_(?:bucket|sum|count)$/, ''))),
];

test('every metric that the dashboard or an alert names is one that engines have', () => {
  const named = [...metricsIn(dashboard), ...metricsIn(rules)];
  assert.ok(named.length > 30, `only ${named.length} were found`);
  assert.deepEqual(
    named.filter((name) => !names.includes(name)),
    [],
  );
});

test('the dashboard shows every metric', () => {
  const shown = metricsIn(dashboard);
  assert.deepEqual(
    names.filter((name) => !shown.includes(name)),
    [],
  );
});

test('no two parts of the dashboard have the same place, id or title', () => {
  const panels = readDashboard().panels as unknown as { id: number; title: string; gridPos: object }[];
  for (const part of ['id', 'title', 'gridPos'] as const)
    assert.equal(new Set(panels.map((panel) => JSON.stringify(panel[part]))).size, panels.length, part);
});
