// Activates a dead host's sessions again: most at once, those that may have killed it in groups, repeated ones not at all.
import { type Failure, failed } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { CrashRecord } from '../ring/crash-record.ts';
import type { Entry } from './directory.ts';

/** How long a group of suspects is watched before the next one: long enough to begin, and to be noticed as silent. */
export const trialMs = 8_000;
export const trialLookIntervalMs = 100;

export type RecoveryDependencies = {
  activate(entry: Entry): void;
  giveUp(entry: Entry, failure: Failure): void;
  /** @returns the sessions of a host that are at work now */
  getWorking(host: number): ReadonlySet<string>;
  isLive(entry: Entry): boolean;
  now(): number;
};

const { failure: crashesAgain } = failed(
  'sessionCrashes',
  `The session was ended: its host died ${limits.reactivationsMax + 1} times within a minute while it was at work.`,
);

export class Recovery {
  readonly #dependencies: RecoveryDependencies;
  readonly #crashes = new CrashRecord();
  /** The number of each host's deaths, by which an earlier death's plan is known to be over. */
  readonly #deaths = new Map<number, number>();

  constructor(dependencies: RecoveryDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Resolves when all sessions that come back have been activated.
   * @param entries the sessions of the host; @param suspects those that were at work when it died
   */
  async recoverHost(host: number, entries: Entry[], suspects: ReadonlySet<string>): Promise<void> {
    const { activate, giveUp, isLive, now } = this.#dependencies;
    const death = (this.#deaths.get(host) ?? 0) + 1;
    this.#deaths.set(host, death);
    this.#crashes.recordDeath(suspects, now());
    const { atOnce, groups, givenUp } = this.#crashes.planRecovery(entries, now());
    for (const entry of givenUp) giveUp(entry, crashesAgain);
    for (const entry of atOnce) activate(entry);
    for (const group of groups) {
      const living = group.filter(isLive);
      for (const entry of living) activate(entry);
      await this.#watchGroup(host, living);
      if (this.#deaths.get(host) !== death) return; // The host died again, which began another plan.
    }
  }

  /** Resolves once none of the group is at work any more, or after `trialMs`. */
  async #watchGroup(host: number, group: Entry[]): Promise<void> {
    for (let waitedMs = 0; waitedMs < trialMs; waitedMs += trialLookIntervalMs) {
      await new Promise((resolve) => setTimeout(resolve, trialLookIntervalMs).unref());
      const working = this.#dependencies.getWorking(host);
      // Within the first second a session may not be at work only because its host hasn't been told of it yet.
      const hasBegun = waitedMs >= limits.sweepIntervalMs;
      if (hasBegun && !group.some(({ sessionId }) => working.has(sessionId))) return;
    }
  }
}
