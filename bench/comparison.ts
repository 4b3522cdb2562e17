// Compares a run with an earlier one: what got worse by more than the noise.
import type { ResultFile } from './results.ts';
import { isMoreBetter, type Row } from './scenario.ts';
import { median } from './statistics.ts';

type Worsening = {
  scenario: string;
  row: Row;
  /** Figures of another machine are compared by their ratios to a reference. */
  of: 'ours' | 'ratio';
  before: number;
  now: number;
};

export type Comparison = {
  isSameMachine: boolean;
  /** Figures that both runs have, of which more or less is better. */
  compared: number;
  /** Those of them with too few samples for a difference to show. */
  tooFew: number;
  worse: Worsening[];
};

/** Chance alone may call two equal figures different once in a hundred comparisons. */
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

/** Rows of one figure have the same samples beside each reference. */
export const figureKeyOf = ({ scenario, row }: { scenario: string; row: Row }): string =>
  JSON.stringify([scenario, row.name, row.unit]);

/**
 * A figure is worse by more than the noise where both hold:
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

export const areTooFew = (before: readonly number[], now: readonly number[]): boolean =>
  leastChance(before.length, now.length) > significance;

const rangeOf = (samples: readonly number[]): number => Math.max(...samples) - Math.min(...samples);

/** The chance that all samples of one run are on one side of the other's. */
const leastChance = (before: number, now: number): number => chanceOfAtMost(0, before, now);

/**
 * The chance that at most so many pairs are in the wrong order where nothing changed: the exact distribution of U, counted by
 * which sample is the greatest of all.
 */
export function chanceOfAtMost(pairs: number, before: number, now: number): number {
  const waysBefore: number[][] = Array.from({ length: now + 1 }, () => [1]);
  for (let m = 1; m <= before; m++)
    for (let n = 1; n <= now; n++) waysBefore[n] = addShifted(waysBefore[n] ?? [], n, waysBefore[n - 1] ?? []);
  const ways = waysBefore[now] ?? [];
  const all = ways.reduce((sum, count) => sum + count, 0);
  return ways.slice(0, pairs + 1).reduce((sum, count) => sum + count, 0) / all;
}

/** The greatest sample is one of the first run's, above all `shift` others, or one of the others', which adds nothing. */
function addShifted(shifted: readonly number[], shift: number, plain: readonly number[]): number[] {
  const length = Math.max(shifted.length + shift, plain.length);
  return Array.from({ length }, (_, at) => (shifted[at - shift] ?? 0) + (plain[at] ?? 0));
}
