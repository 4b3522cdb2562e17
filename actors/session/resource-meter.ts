// Says what a session's sandbox uses, as often as people ask, without opening it and at a bounded rate.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { RecentReading } from '../../sandbox/scheduling/recent-reading.ts';
import { noResources, type Resources } from '../../schema/resources.ts';
import { formatTime } from '../../schema/rules/text.ts';

/** How old a sample may be: charts ask every two seconds, and several people may look at once. */
const sampleAgeMsMax = 1_000;

export type ResourceMeterDependencies = {
  /** The sandbox that is open; undefined where none is. */
  getSandbox(): Sandbox | undefined;
  now(): number;
};

export class ResourceMeter {
  readonly #dependencies: ResourceMeterDependencies;
  /** Made on first use, since hardly anybody looks. */
  #samples: RecentReading<Resources> | undefined;

  constructor(dependencies: ResourceMeterDependencies) {
    this.#dependencies = dependencies;
  }

  async measure(): Promise<Resources> {
    if (!this.#dependencies.getSandbox()) return noResources;
    this.#samples ??= new RecentReading(() => this.#takeSample(), sampleAgeMsMax);
    return this.#samples.take();
  }

  async #takeSample(): Promise<Resources> {
    const { getSandbox, now } = this.#dependencies;
    const sandbox = getSandbox();
    if (!sandbox) return noResources;
    const usage = await sandbox.measureUsage();
    return { sandbox: sandbox.kind, sample: usage.ok ? { at: formatTime(now()), ...usage.value } : null };
  }
}
