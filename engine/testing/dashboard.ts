// What the dashboard and the alerts in `deploy/` ask of Prometheus, for tests that check or ask it.
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const deployFolder = path.join(import.meta.dirname, '../../deploy');

type Panel = { title: string; targets?: { expr: string }[] };
type Asked = { title: string; expr: string };

export function readDashboard(): { panels: Panel[] } {
  return JSON.parse(readFileSync(path.join(deployFolder, 'grafana/dashboard.json'), 'utf8'));
}

/** The dashboard's expressions, with what Grafana fills in. */
export const listDashboardExpressions = (): Asked[] =>
  readDashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      title,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(job|instance)/g, '.*'),
    })),
  );

export const readAlerts = (): string => readFileSync(path.join(deployFolder, 'prometheus/alerts.yml'), 'utf8');
