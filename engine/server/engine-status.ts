// The engine's status for `GET /`, `/ready` and `/metrics`, read when it is asked for.
import { createRequire } from 'node:module';
import { defaultModelNameOf, hasKey, modeOf } from '../config/mode.ts';
import type { Config } from '../config.ts';
import type { DatabaseState } from '../database/database-state.ts';
import type { Metrics } from '../metrics.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Directory } from '../sessions/directory.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { ClusterStanding, Status } from './routes/engine.ts';

export const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** Deaths of hosts in `crashWindowMs`; more than that, which `/ready` reports, come from the machine or from a bug. */
export const hostDeathsMax = 10;

export type StatusDependencies = {
  run: Pick<EngineRun, 'state'>;
  /** Undefined where the engine is alone. */
  cluster: { readonly problem: string | undefined; readonly figures: { isConnected: boolean } } | undefined;
  directory: Pick<Directory, 'size'>;
  sandboxes: Sandboxes;
  metrics: Metrics;
  sessions: Pick<Sessions, 'isDraining' | 'isDrainAsked'>;
  supervisor: Supervisor;
  databaseState: Pick<DatabaseState, 'problem'>;
};

export const statusOf = (config: Config, dependencies: StatusDependencies): Status => {
  const { directory, sandboxes, metrics, supervisor } = dependencies;
  return {
    version,
    mode: modeOf(config, sandboxes.kind),
    isAgentAvailable: hasKey(config),
    model: defaultModelNameOf(config),
    node: config.NODE_NAME ?? null,
    cluster: () => standingOf(dependencies),
    sandbox: () => sandboxes.description,
    isDockerAvailable: () => sandboxes.isDockerAvailable,
    sandboxes: () => sandboxes.held,
    sessions: () => directory.size,
    unreadiness: () => unreadinessOf(dependencies),
    metrics: () => metrics.scrape(supervisor),
  };
};

function standingOf({ run, cluster }: Pick<StatusDependencies, 'run' | 'cluster'>): ClusterStanding {
  if (!cluster) return 'alone';
  if (!cluster.figures.isConnected) return 'cut';
  return run.state === 'isolated' ? 'isolated' : 'connected';
}

/** Why the engine can't take work now, in a sentence; undefined where it can. */
function unreadinessOf({
  sessions,
  supervisor,
  databaseState,
  sandboxes,
  cluster,
}: Omit<StatusDependencies, 'directory' | 'metrics' | 'run'>): string | undefined {
  if (sessions.isDraining) return 'The engine is going away.';
  if (sessions.isDrainAsked) return 'The engine takes no new sessions, and ends once nothing is at work.';
  if (databaseState.problem !== undefined) return databaseState.problem;
  if (cluster?.problem !== undefined) return cluster.problem;
  if (supervisor.hostDeathsLately > hostDeathsMax)
    return `Host threads died ${supervisor.hostDeathsLately} times within a minute.`;
  if (supervisor.hostsAway > 0) return `${supervisor.hostsAway} of the host threads are being replaced.`;
  if (sandboxes.problem !== undefined) return `Agents have no sandbox: ${sandboxes.problem}`;
  return undefined;
}
