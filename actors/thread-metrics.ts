// What the worker threads measure of themselves. The main thread asks for it when Prometheus does.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricNames } from '../schema/metrics.ts';

const loopDelayResolutionMs = 20;

/** A registry with the event loop delay of the thread that makes it. */
export function createThreadRegistry(thread: string): Registry {
  const registry = new Registry();
  const delay = monitorEventLoopDelay({ resolution: loopDelayResolutionMs });
  delay.enable();
  new Gauge({
    ...metricNames.eventLoopDelay,
    labelNames: ['thread', 'percentile'], // The label "quantile" belongs to summaries.
    registers: [registry],
    collect() {
      for (const percentile of [50, 99]) {
        const seconds = Math.max(0, delay.percentile(percentile) / 1e9 - loopDelayResolutionMs / 1e3);
        this.set({ thread, percentile: String(percentile) }, seconds);
      }
      delay.reset();
    },
  });
  return registry;
}

export class HostMetrics {
  readonly #registry: Registry;

  constructor(host: number, read: { sessions(): number; mailboxDepth(): number; uncommitted(): number }) {
    this.#registry = createThreadRegistry(`host-${host}`);
    const gauge = (metric: { name: string; help: string }, value: () => number) =>
      new Gauge({
        ...metric,
        labelNames: ['host'],
        registers: [this.#registry],
        collect() {
          this.set({ host: String(host) }, value());
        },
      });
    gauge(metricNames.sessions, read.sessions);
    gauge(metricNames.mailboxDepth, read.mailboxDepth);
    gauge(metricNames.uncommittedWrites, read.uncommitted);
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
