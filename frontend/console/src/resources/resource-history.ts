// What a sandbox has used over time, from readings that come one by one: load is the difference of two.
import type { Calls } from '../lucid.ts';

type Reading = Calls['readResources']['answer'];
type Sample = NonNullable<Reading['sample']>;
/** Null where the session had no sandbox, which parts lines. */
type Moment = { atMs: number; sample: Sample | null };

export type ResourceHistory = { sandbox: Reading['sandbox']; moments: readonly Moment[] };

/** Half an hour, at a reading every two seconds. */
const momentsMax = 900;
/** Between two readings that are farther apart, nobody knows what was used when. */
const gapMsMax = 15_000;

export const emptyHistory: ResourceHistory = { sandbox: null, moments: [] };

/** @param nowMs the time of a reading without a sample, which has none of its own */
export function addReading({ moments }: ResourceHistory, reading: Reading, nowMs: number): ResourceHistory {
  const { sandbox, sample } = reading;
  const last = moments.at(-1);
  const atMs = sample ? Date.parse(sample.at) : nowMs;
  const isKnown = last !== undefined && (sample ? atMs <= last.atMs : last.sample === null);
  if (isKnown || (!sample && !last)) return { sandbox, moments };
  return { sandbox, moments: [...moments.slice(1 - momentsMax), { atMs, sample }] };
}

export const timesOf = ({ moments }: ResourceHistory): number[] => moments.map(({ atMs }) => atMs / 1_000);

/** A figure as it was read. */
export const valuesOf = (
  { moments }: ResourceHistory,
  figure: 'memoryBytes' | 'diskBytes' | 'processes',
): (number | null)[] => moments.map(({ sample }) => sample?.[figure] ?? null);

/** How many processors were at work between each reading and the one before. */
export const loadsOf = ({ moments }: ResourceHistory): (number | null)[] =>
  moments.map(({ atMs, sample }, at) => {
    const before = moments[at - 1];
    const [from, to] = [before?.sample?.cpuMs ?? null, sample?.cpuMs ?? null];
    const passedMs = atMs - (before?.atMs ?? 0);
    if (from === null || to === null || to < from || passedMs > gapMsMax) return null; // A new sandbox counts from 0.
    return (to - from) / passedMs;
  });

export const lastSampleOf = ({ moments }: ResourceHistory): Sample | null =>
  moments.findLast(({ sample }) => sample !== null)?.sample ?? null;
