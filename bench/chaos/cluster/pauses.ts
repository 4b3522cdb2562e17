// How long commands waited while something was broken, by what their client and its session had to do with it.
import type { Wait } from '../chaos-client.ts';

/** `hit`: the session is at what was broken. `clients`: only the client is. `elsewhere`: neither. */
export type Standing = 'hit' | 'clients' | 'elsewhere';

/** The longest wait of each client. */
export type Pauses = Record<Standing, number[]>;

export const noPauses = (): Pauses => ({ hit: [], clients: [], elsewhere: [] });

/** @returns how long a command waited at the most in that time, of which only that time counts */
export function findLongestWait(waits: readonly Wait[], fromMs: number, toMs: number): number {
  const waitedMs = waits.map(
    ({ sentAtMs, answeredAtMs = Number.POSITIVE_INFINITY }) =>
      Math.min(answeredAtMs, toMs) - Math.max(sentAtMs, fromMs),
  );
  return waitedMs.reduce((most, ms) => Math.max(most, ms), 0);
}

/**
 * Compares the pauses of all rounds with those that the machine itself made, the longest with the longest and so on: on a busy
 * machine any single pause may be its own doing, and not all of them are.
 * @returns the first rank at which they are longer by more than `moreMs`
 */
export function findLonger(
  pausesMs: readonly number[],
  machinesMs: readonly number[],
  moreMs: number,
): { rank: number; pauseMs: number; machineMs: number } | undefined {
  const machines = machinesMs.toSorted((a, b) => b - a);
  for (const [at, pauseMs] of pausesMs.toSorted((a, b) => b - a).entries()) {
    const machineMs = machines[at] ?? 0;
    if (pauseMs - machineMs > moreMs) return { rank: at + 1, pauseMs, machineMs };
  }
  return undefined;
}
