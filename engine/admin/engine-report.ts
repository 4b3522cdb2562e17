// What this engine says of itself to those who operate it: its threads, sessions, sandboxes, storage, and the other runs.
import { DatabaseAwayError } from '../../actors/persistence/database-pool.ts';
import { waitWithin } from '../../sandbox/scheduling/wait-within.ts';
import { metricNames } from '../../schema/metrics.ts';
import type { AdminEngine, SampledMetric } from '../../schema/protocol/routes/admin.ts';
import { formatTime } from '../../schema/rules/text.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import type { DatabaseState } from '../database/database-state.ts';
import type { Metrics } from '../metrics.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Status } from '../server/routes/engine.ts';
import type { Directory } from '../sessions/directory.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { findValue, hasLabels, samplesOf } from './metric-samples.ts';
import { selectRuns } from './queries/select-runs.ts';

/** How long the report waits for the list of runs: without PostgreSQL it is needed most. */
const runsTimeoutMs = 1_500;

export type EngineReportDependencies = {
  status: Status;
  queries: Pick<ReadQueries, 'any'>;
  run: Pick<EngineRun, 'id'>;
  sessions: Pick<Sessions, 'isDraining' | 'isDrainAsked'>;
  directory: Pick<Directory, 'size' | 'countQueued'>;
  supervisor: Supervisor;
  metrics: Pick<Metrics, 'collect' | 'sockets'>;
  sandboxes: Pick<Sandboxes, 'description' | 'isDockerAvailable' | 'held' | 'problem'>;
  databaseState: Pick<DatabaseState, 'isAway' | 'problem'>;
};

export async function reportEngine(dependencies: EngineReportDependencies): Promise<AdminEngine> {
  const { status, run, sessions, directory, supervisor, metrics, databaseState } = dependencies;
  const [registry, runs] = await Promise.all([metrics.collect(supervisor), listRuns(dependencies)]);
  const samples = await samplesOf(registry);
  const problem = status.unreadiness();
  return {
    version: status.version,
    node: process.version,
    mode: status.mode,
    model: status.model,
    runId: run.id,
    startedAt: formatTime(performance.timeOrigin),
    isDraining: sessions.isDraining || sessions.isDrainAsked,
    isReady: problem === undefined,
    problem: problem ?? null,
    sessions: directory.size,
    sockets: metrics.sockets,
    hosts: hostsOf(samples, supervisor),
    threads: threadsOf(samples),
    sandboxes: sandboxesOf(samples, dependencies),
    storage: {
      isAvailable: !databaseState.isAway,
      problem: databaseState.problem ?? null,
      waitingWrites: findValue(samples, metricNames.persistenceWaiting.name),
    },
    runs,
  };
}

function hostsOf(samples: readonly SampledMetric[], supervisor: Supervisor): AdminEngine['hosts'] {
  const answered = samples.find(({ name }) => name === metricNames.sessions.name)?.samples ?? [];
  return [...supervisor.links.keys()].map((host) => {
    const labels = { host: String(host) };
    return {
      host,
      isAway: !answered.some((sample) => hasLabels(sample, labels)),
      sessions: findValue(samples, metricNames.sessions.name, labels),
      working: supervisor.getWorking(host).size,
      mailboxCommands: findValue(samples, metricNames.mailboxDepth.name, labels),
      uncommittedWrites: findValue(samples, metricNames.uncommittedWrites.name, labels),
    };
  });
}

function threadsOf(samples: readonly SampledMetric[]): AdminEngine['threads'] {
  const { name } = metricNames.eventLoopDelay;
  const delays = samples.find((metric) => metric.name === name)?.samples ?? [];
  const delayOf = (thread: string, percentile: string) => 1_000 * findValue(samples, name, { thread, percentile });
  return [...new Set(delays.map(({ labels: { thread = '' } }) => thread))].map((thread) => ({
    thread,
    delayP50Ms: delayOf(thread, '50'),
    delayP99Ms: delayOf(thread, '99'),
  }));
}

function sandboxesOf(
  samples: readonly SampledMetric[],
  { sandboxes, directory }: EngineReportDependencies,
): AdminEngine['sandboxes'] {
  const counted = samples.find(({ name }) => name === metricNames.sandboxes.name)?.samples ?? [];
  const warm = counted.filter(({ labels }) => labels.state === 'warm').reduce((sum, { value }) => sum + value, 0);
  return {
    kind: sandboxes.description,
    isDockerAvailable: sandboxes.isDockerAvailable,
    held: sandboxes.held,
    waiting: directory.countQueued(),
    warm,
    problem: sandboxes.problem ?? null,
  };
}

/** @returns null while PostgreSQL does not answer */
async function listRuns({ queries, run }: EngineReportDependencies): Promise<AdminEngine['runs']> {
  try {
    const rows = await waitWithin(queries.any(selectRuns()), runsTimeoutMs);
    if (typeof rows === 'string') return null;
    return rows.map(({ beatAtMs, ...row }) => ({
      ...row,
      isThis: row.runId === run.id,
      beatAt: beatAtMs === null ? null : formatTime(beatAtMs),
    }));
  } catch (error) {
    if (error instanceof DatabaseAwayError) return null;
    throw error;
  }
}
