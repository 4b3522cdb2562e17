// The main thread's metrics, and the scrape that puts all threads' figures together.
import { AggregatorRegistry, Counter, Gauge, type MetricObject, type Registry } from 'prom-client';
import { createThreadRegistry } from '../actors/thread-metrics.ts';
import { waitWithin } from '../sandbox/scheduling/wait-within.ts';
import { describeLabels, type Labels } from '../schema/labels.ts';
import { metricNames } from '../schema/metrics.ts';
import type { Supervisor } from './ring/supervisor.ts';
import type { EngineRun } from './runs/engine-run.ts';
import type { Ownership } from './runs/ownership.ts';
import type { SandboxHost } from './sandboxes/sandbox-hosts.ts';
import type { Directory } from './sessions/directory.ts';
import type { Sessions } from './sessions/sessions.ts';
import { type SignInOutcome, signInOutcomes } from './sign-in/sign-in-outcome.ts';

/** How long a scrape waits for a thread before it leaves that thread out. */
const metricsTimeoutMs = 1_000;

const livingStates = ['open', 'draining', 'isolated'] as const;

type Metric = { name: string; help: string };

/** What is read of the cluster at scrape time. */
export type ClusterFigures = {
  isConnected: boolean;
  connects: number;
  postsIn: number;
  postsOut: number;
  bytesIn: number;
  bytesOut: number;
  asksPending: number;
  asksAnswered: number;
  asksTimedOut: number;
  followed: number;
  followers: number;
  ownersLost: number;
  claimed: number;
  /** Resting sessions that were given away since it had more than others. */
  balanced: number;
};

/** What is read of the engine at scrape time. */
export type ObservedEngine = {
  version: string;
  node: string;
  labels: Labels;
  run: Pick<EngineRun, 'state' | 'beatAgeMs' | 'deaths' | 'takenOver'>;
  ownership: Pick<Ownership, 'given'>;
  /** Undefined where the engine is alone. */
  cluster: { figures: ClusterFigures } | undefined;
  supervisor: Supervisor;
  directory: Pick<Directory, 'countQueued'>;
  sessions: Pick<Sessions, 'isDraining' | 'isDrainAsked'>;
  status: { unreadiness(): string | undefined };
};

export class Metrics {
  readonly #registry: Registry = createThreadRegistry('gateway'); // Dashboards know the main thread by this older name.
  /** Answers since the last scrape, by status: counting with labels costs more than many an answer. */
  readonly #answers = new Map<number, number>();
  readonly #frames = new Counter({ ...metricNames.framesSent, registers: [this.#registry] });
  readonly #webhookTries = new Counter({
    ...metricNames.webhookTries,
    labelNames: ['outcome'],
    registers: [this.#registry],
  });
  readonly #signIns = new Counter({ ...metricNames.signIns, labelNames: ['outcome'], registers: [this.#registry] });
  readonly #slow = new Counter({ ...metricNames.socketsClosedSlow, registers: [this.#registry] });
  sockets = 0;
  isDatabaseAvailable = true;

  constructor() {
    for (const outcome of signInOutcomes) this.#signIns.inc({ outcome }, 0); // Who compares with before needs a beginning.
    const answers = this.#answers;
    new Counter({
      ...metricNames.requests,
      labelNames: ['status'],
      registers: [this.#registry],
      collect() {
        for (const [status, count] of answers) this.inc({ status }, count);
        answers.clear();
      },
    });
  }

  countAnswer(status: number): void {
    this.#answers.set(status, (this.#answers.get(status) ?? 0) + 1);
  }

  countFrames(count: number): void {
    this.#frames.inc(count);
  }

  countWebhookTry(outcome: 'taken' | 'failed'): void {
    this.#webhookTries.inc({ outcome });
  }

  countSignIn(outcome: SignInOutcome): void {
    this.#signIns.inc({ outcome });
  }

  countSlowClose(): void {
    this.#slow.inc();
  }

  /** Registers metrics that are read at scrape time rather than counted. */
  observeEngine({
    version,
    node,
    labels,
    run,
    ownership,
    cluster,
    supervisor,
    directory,
    sessions,
    status,
  }: ObservedEngine): void {
    this.#addGauge(metricNames.sockets, () => this.sockets);
    this.#addGauge(metricNames.storageAvailable, () => Number(this.isDatabaseAvailable));
    this.#addGauge(metricNames.ready, () => Number(status.unreadiness() === undefined));
    this.#addGauge(metricNames.draining, () => Number(sessions.isDraining || sessions.isDrainAsked));
    this.#addGauge(metricNames.sandboxQueue, () => directory.countQueued());
    this.#addGauge(metricNames.residentMemory, () => process.memoryUsage.rss());
    this.#addGauge(metricNames.startTime, () => Math.round(performance.timeOrigin / 1_000));
    this.#addCounter(metricNames.cpu, () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    this.#addCounter(metricNames.hostDeaths, () => supervisor.hostDeaths);
    new Gauge({ ...metricNames.engine, labelNames: ['version', 'node', 'labels'], registers: [this.#registry] }).set(
      { version, node, labels: describeLabels(labels) },
      1,
    );
    this.#addGauge(metricNames.hostsFull, () => supervisor.links.filter(({ isFull }) => isFull).length);
    this.#addGauge(metricNames.runBeatAge, () => run.beatAgeMs / 1_000);
    this.#addCounter(metricNames.runsDeclaredDead, () => run.deaths);
    this.#addLabelled(Counter, metricNames.sessionsMoved, 'how', () => ({
      claimed: cluster?.figures.claimed ?? 0,
      given: ownership.given - (cluster?.figures.balanced ?? 0),
      balanced: cluster?.figures.balanced ?? 0,
      takenOver: run.takenOver,
    }));
    if (cluster) this.#observeCluster(() => cluster.figures);
    this.#addLabelled(Gauge, metricNames.runState, 'state', () =>
      Object.fromEntries(livingStates.map((state) => [state, Number(run.state === state)])),
    );
    new Gauge({
      ...metricNames.working,
      labelNames: ['host'],
      registers: [this.#registry],
      collect() {
        for (const host of supervisor.links.keys()) this.set({ host }, supervisor.getWorking(host).size);
      },
    });
  }

  #observeCluster(read: () => ClusterFigures): void {
    this.#addGauge(metricNames.clusterConnected, () => Number(read().isConnected));
    this.#addCounter(metricNames.clusterConnects, () => read().connects);
    this.#addLabelled(Counter, metricNames.clusterPosts, 'direction', () => ({
      in: read().postsIn,
      out: read().postsOut,
    }));
    this.#addLabelled(Counter, metricNames.clusterBytes, 'direction', () => ({
      in: read().bytesIn,
      out: read().bytesOut,
    }));
    this.#addGauge(metricNames.clusterAsksPending, () => read().asksPending);
    this.#addLabelled(Counter, metricNames.clusterAsks, 'outcome', () => ({
      answered: read().asksAnswered,
      timedOut: read().asksTimedOut,
    }));
    this.#addGauge(metricNames.clusterFollowed, () => read().followed);
    this.#addGauge(metricNames.clusterFollowers, () => read().followers);
    this.#addCounter(metricNames.clusterOwnersLost, () => read().ownersLost);
  }

  /** Registers metrics of a pool of daemons. */
  observeSandboxHosts({ list }: { list(): SandboxHost[] }): void {
    this.#addLabelled(Gauge, metricNames.sandboxHostPlaces, 'daemon', () =>
      Object.fromEntries(list().flatMap(({ name, room }) => (room ? [[name, room.places]] : []))),
    );
    this.#addLabelled(Gauge, metricNames.sandboxHostUp, 'daemon', () =>
      Object.fromEntries(list().map(({ name, problem }) => [name, Number(problem === undefined)])),
    );
  }

  /** The Prometheus text of all threads. */
  async scrape(supervisor: Supervisor): Promise<string> {
    return (await this.collect(supervisor)).metrics();
  }

  /** The figures of all threads; one that does not answer in time is left out. */
  async collect(supervisor: Supervisor): Promise<Registry> {
    const asked = [
      supervisor.askPersistence('metrics'),
      ...supervisor.links.map((link) => link.ask({ kind: 'metrics' }, metricsTimeoutMs)),
    ];
    const replies = await Promise.all(asked.map((reply) => waitWithin(reply, metricsTimeoutMs)));
    const otherMetrics = replies.flatMap((reply) =>
      typeof reply === 'object' && reply.ok && reply.value.kind === 'metrics'
        ? [reply.value.metrics as MetricObject[]]
        : [],
    );
    return AggregatorRegistry.aggregate([await this.#registry.getMetricsAsJSON(), ...otherMetrics]);
  }

  /** Something else counts for each value of the label. */
  #addLabelled(
    kind: typeof Gauge | typeof Counter,
    metric: Metric,
    label: string,
    read: () => Record<string, number>,
  ): void {
    const registers = [this.#registry];
    new kind({
      ...metric,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  }

  #addGauge(metric: Metric, read: () => number): void {
    new Gauge({
      ...metric,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** A counter that something else counts. */
  #addCounter(metric: Metric, read: () => number): void {
    new Counter({
      ...metric,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }
}
