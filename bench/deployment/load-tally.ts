// Tallies a load: times, and errors by code.
import { build, type Histogram } from 'hdr-histogram-js';

/** `connect` lasts until the upgrade is done, `acknowledged` until a command is stored, `turn` until the agent is done. */
export const timedActs = ['connect', 'acknowledged', 'turn'] as const;
export type Timed = (typeof timedActs)[number];

const usPerMs = 1_000;
/** An hour, as which longer times count. */
const highestUs = 3_600_000 * usPerMs;

export class LoadTally {
  open = 0;
  events = 0;
  readonly #times: Record<Timed, Histogram>;
  readonly #errors = new Map<string, number>();

  constructor() {
    const histogram = () => build({ highestTrackableValue: highestUs, numberOfSignificantValueDigits: 3 });
    this.#times = { connect: histogram(), acknowledged: histogram(), turn: histogram() };
  }

  recordTime(what: Timed, ms: number): void {
    this.#times[what].recordValue(Math.min(highestUs, Math.max(1, Math.round(ms * usPerMs))));
  }

  /** @param code of the engine's catalogue, of a close, or of the system */
  recordError(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  count(what: Timed): number {
    return this.#times[what].totalCount;
  }

  /** @returns milliseconds; 0 where nothing was timed */
  percentileMs(what: Timed, percent: number): number {
    return this.#times[what].totalCount === 0 ? 0 : this.#times[what].getValueAtPercentile(percent) / usPerMs;
  }

  get errors(): number {
    return this.#errors.values().reduce((sum, count) => sum + count, 0);
  }

  /** The most frequent errors come first. */
  get errorsByCode(): [code: string, count: number][] {
    return [...this.#errors].sort(([, a], [, b]) => b - a);
  }
}
