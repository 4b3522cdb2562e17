// What the worker threads measure of themselves. The main thread asks for it when Prometheus does.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { TurnEnd } from '../schema/event.ts';
import { metricNames } from '../schema/metrics.ts';
import type { ModelErrorCode, TokenCount } from './models/model.ts';

const loopDelayResolutionMs = 20;
const loopDelayPercentiles = [50, 99] as const;
/** Two windows are kept, so that scrapes, of which there may be several, all see a delay, and none takes it from another. */
const loopDelayWindowMs = 30_000;

/** A registry with the event loop delay of the thread that makes it. */
export function createThreadRegistry(thread: string): Registry {
  const registry = new Registry();
  const readDelay = watchEventLoopDelay();
  new Gauge({
    ...metricNames.eventLoopDelay,
    labelNames: ['thread', 'percentile'], // The label "quantile" belongs to summaries.
    registers: [registry],
    collect() {
      for (const percentile of loopDelayPercentiles)
        this.set({ thread, percentile: String(percentile) }, readDelay(percentile));
    },
  });
  return registry;
}

type Percentile = (typeof loopDelayPercentiles)[number];

/** @returns what reads a percentile in seconds: the greater one of this window and of the one before */
function watchEventLoopDelay(): (percentile: Percentile) => number {
  const delay = monitorEventLoopDelay({ resolution: loopDelayResolutionMs });
  delay.enable();
  const read = (percentile: Percentile) =>
    Math.max(0, delay.percentile(percentile) / 1e9 - loopDelayResolutionMs / 1e3);
  const before = new Map<Percentile, number>();
  setInterval(() => {
    for (const percentile of loopDelayPercentiles) before.set(percentile, read(percentile));
    delay.reset();
  }, loopDelayWindowMs).unref();
  return (percentile) => Math.max(read(percentile), before.get(percentile) ?? 0);
}

/** Counts what the turns of a host's sessions come to. */
export type WorkCounts = {
  countTurn(provider: string, end: TurnEnd): void;
  countTokens(model: string, tokens: TokenCount, costUsd: number | undefined): void;
  countRetry(model: string, code: ModelErrorCode): void;
};

type HostFigures = {
  sessions(): number;
  mailboxDepth(): number;
  uncommitted(): number;
  sandboxesHeld(): number;
  sandboxesWarm(): number;
};

/** Counters carry the host too: one that was replaced begins anew, which a sum over all hosts would hide. */
export class HostMetrics implements WorkCounts {
  readonly #host: string;
  readonly #registry: Registry;
  readonly #turns: Counter;
  readonly #tokens: Counter;
  readonly #cost: Counter;
  readonly #retries: Counter;

  constructor(host: number, read: HostFigures) {
    this.#host = String(host);
    this.#registry = createThreadRegistry(`host-${host}`);
    const counter = (metric: { name: string; help: string }, ...labelNames: string[]) =>
      new Counter({ ...metric, labelNames: ['host', ...labelNames], registers: [this.#registry] });
    this.#turns = counter(metricNames.turns, 'provider', 'reason');
    this.#tokens = counter(metricNames.tokens, 'model', 'kind');
    this.#cost = counter(metricNames.cost, 'model');
    this.#retries = counter(metricNames.retries, 'model', 'code');
    this.#addGauges(read);
  }

  countTurn(provider: string, reason: TurnEnd): void {
    this.#turns.inc({ host: this.#host, provider, reason });
  }

  countTokens(model: string, tokens: TokenCount, costUsd: number | undefined): void {
    const { inputTokens: input, outputTokens: output, cachedTokens: cached, cacheWriteTokens: cacheWrite } = tokens;
    for (const [kind, count] of Object.entries({ input, output, cached, cacheWrite }))
      if (count > 0) this.#tokens.inc({ host: this.#host, model, kind }, count);
    if (costUsd !== undefined) this.#cost.inc({ host: this.#host, model }, costUsd);
  }

  countRetry(model: string, code: ModelErrorCode): void {
    this.#retries.inc({ host: this.#host, model, code });
  }

  #addGauges(read: HostFigures): void {
    const host = this.#host;
    const gauge = (metric: { name: string; help: string }, value: () => number) =>
      new Gauge({
        ...metric,
        labelNames: ['host'],
        registers: [this.#registry],
        collect() {
          this.set({ host }, value());
        },
      });
    gauge(metricNames.sessions, read.sessions);
    gauge(metricNames.mailboxDepth, read.mailboxDepth);
    gauge(metricNames.uncommittedWrites, read.uncommitted);
    new Gauge({
      ...metricNames.sandboxes,
      labelNames: ['host', 'state'],
      registers: [this.#registry],
      collect() {
        this.set({ host, state: 'held' }, read.sandboxesHeld());
        this.set({ host, state: 'warm' }, read.sandboxesWarm());
      },
    });
  }

  collectMetrics(): Promise<unknown[]> {
    return this.#registry.getMetricsAsJSON();
  }
}

export class PersistenceMetrics {
  readonly #registry = createThreadRegistry('persistence');
  readonly #size = new Histogram({
    ...metricNames.batchRows,
    buckets: [1, 3, 10, 30, 100, 300, 1_000, 2_000],
    registers: [this.#registry],
  });
  readonly #batches = new Counter({ ...metricNames.batches, labelNames: ['trigger'], registers: [this.#registry] });
  readonly #latency = new Histogram({
    ...metricNames.commitSeconds,
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    registers: [this.#registry],
  });

  constructor(waiting: () => number) {
    new Gauge({
      ...metricNames.persistenceWaiting,
      registers: [this.#registry],
      collect() {
        this.set(waiting());
      },
    });
  }

  /** @param trigger what let the batch go: the end of the one before, its size, or work that came to an idle actor */
  observeBatch(rows: number, trigger: 'idle' | 'gathered' | 'full', latencyMs: number): void {
    if (rows === 0) return;
    this.#batches.inc({ trigger });
    this.#size.observe(rows);
    this.#latency.observe(latencyMs / 1_000);
  }

  collectMetrics(): Promise<unknown[]> {
    return this.#registry.getMetricsAsJSON();
  }
}
