// Compares a run with an earlier one: what got worse by more than the noise.
import type { ResultFile } from './results.ts';
import { isMoreBetter, type Row } from './scenario.ts';
import { median } from './statistics.ts';

type Worsening = {
  scenario: string;
  row: Row;
  /** On another machine only ratios to a reference mean something. */
  of: 'ours' | 'ratio';
  before: number;
  now: number;
};

export type Comparison = {
  isSameMachine: boolean;
  /** How many figures stand in both; those that nothing calls better or worse are not among them. */
  compared: number;
  /** Of those, how many have too few samples for any difference to show. */
  tooFew: number;
  worse: Worsening[];
};

/** How often chance alone may call two equal figures different: once in a hundred. */
const significance = 0.01;

export function compareRuns(earlier: ResultFile, later: ResultFile): Comparison {
  const isSameMachine = areSameMachine(earlier, later);
  const of = isSameMachine ? 'ours' : 'ratio';
  const pairs = Object.entries(later.results).flatMap(([scenario, { rows }]) =>
    rows.flatMap((row) => {
      const before = earlier.results[scenario]?.rows.find((other) => keyOf(other) === keyOf(row));
      const moreIsBetter = isMoreBetter(row);
      if (!before || moreIsBetter === undefined) return [];
      return [{ scenario, row, before: before[of].samples, now: row[of].samples, moreIsBetter }];
    }),
  );
  const figures = isSameMachine ? [...new Map(pairs.map((pair) => [figureKeyOf(pair), pair])).values()] : pairs;
  return {
    isSameMachine,
    compared: figures.length,
    tooFew: figures.filter(({ before, now }) => areTooFew(before, now)).length,
    worse: figures
      .filter(({ before, now, moreIsBetter }) => isWorse(before, now, moreIsBetter))
      .map(({ scenario, row, before, now }) => ({ scenario, row, of, before: median(before), now: median(now) })),
  };
}

const areSameMachine = ({ machine: one }: ResultFile, { machine: other }: ResultFile): boolean =>
  one.name === other.name && one.processor === other.processor && one.memoryBytes === other.memoryBytes;

const keyOf = ({ name, unit, referenceName }: Row): string => JSON.stringify([name, unit, referenceName]);

/** Ours is the same beside each of its references. */
export const figureKeyOf = ({ scenario, row }: { scenario: string; row: Row }): string =>
  JSON.stringify([scenario, row.name, row.unit]);

/**
 * Worse by more than the noise, which takes both:
 * - the median went the wrong way by more than the samples of either run lie apart (their range, the wider one). Samples
 *   of one run share its machine, its heat and its neighbours, so a rank test alone calls every small drift a change;
 * - the rank-sum test of Mann and Whitney (Annals of Mathematical Statistics 18, 1947), one-sided and exact, which needs
 *   no assumption about how samples are distributed, finds it less likely than `significance` by chance. Five samples
 *   against five can show a difference, three against three never can.
 * Ties count against it. Two figures that are equal are never worse, and never is each worse than the other.
 */
export function isWorse(before: readonly number[], now: readonly number[], moreIsBetter: boolean): boolean {
  const sign = moreIsBetter ? -1 : 1;
  const noise = Math.max(rangeOf(before), rangeOf(now));
  if (sign * (median(now) - median(before)) <= noise) return false;
  const notWorse = before.flatMap((one) => now.filter((other) => sign * (other - one) <= 0)).length;
  return chanceOfAtMost(notWorse, before.length, now.length) <= significance;
}

/** Whether no difference could show between so few samples. */
export const areTooFew = (before: readonly number[], now: readonly number[]): boolean =>
  leastChance(before.length, now.length) > significance;

const rangeOf = (samples: readonly number[]): number => Math.max(...samples) - Math.min(...samples);

/** That all samples of one run lie on one side of the other's. */
const leastChance = (before: number, now: number): number => chanceOfAtMost(0, before, now);

/**
 * How likely, where nothing changed, at most so many of all pairs are the other way round: the exact distribution of U,
 * counted by which sample is the greatest of all.
 */
export function chanceOfAtMost(pairs: number, before: number, now: number): number {
  const waysBefore: number[][] = Array.from({ length: now + 1 }, () => [1]);
  for (let m = 1; m <= before; m++)
    for (let n = 1; n <= now; n++) waysBefore[n] = addShifted(waysBefore[n] ?? [], n, waysBefore[n - 1] ?? []);
  const ways = waysBefore[now] ?? [];
  const all = ways.reduce((sum, count) => sum + count, 0);
  return ways.slice(0, pairs + 1).reduce((sum, count) => sum + count, 0) / all;
}

/** The greatest is one of the first, which is above all `shift` others, or one of the others, which adds nothing. */
function addShifted(shifted: readonly number[], shift: number, plain: readonly number[]): number[] {
  const length = Math.max(shifted.length + shift, plain.length);
  return Array.from({ length }, (_, at) => (shifted[at - shift] ?? 0) + (plain[at] ?? 0));
}
