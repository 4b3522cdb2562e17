// Costs as a chart and a table need them: every day of the range, and each user's sum.
import type { Calls } from '../lucid.ts';

type Costs = Calls['readCosts']['answer'];
type Row = Costs['days'][number];

const measures = ['costUsd', 'outputTokens', 'inputTokens', 'turns'] as const;
export type Measure = (typeof measures)[number];

/** All users that have no row of their own. */
export const others = null;
export type Who = string | typeof others;

export type UserCosts = { who: Who } & Record<Measure, number>;
export type CostDay = { day: string; total: number; byUser: ReadonlyMap<Who, number> };

const dayMs = 86_400_000;

/** What each user has used in the whole range, the greatest first and all others at the end. */
export function sumByUser({ days }: Costs, measure: Measure): UserCosts[] {
  const users = [...Map.groupBy(days, ({ userId }) => userId)].map(([who, rows]) => ({ who, ...sumsOf(rows) }));
  return users.sort(
    (a, b) => Number(a.who === others) - Number(b.who === others) || b[measure] - a[measure] || b.turns - a.turns,
  );
}

export const sumsOf = (rows: readonly Row[]): Record<Measure, number> => {
  const sum = (measure: Measure) => rows.reduce((all, row) => all + (row[measure] ?? 0), 0);
  return {
    costUsd: sum('costUsd'),
    outputTokens: sum('outputTokens'),
    inputTokens: sum('inputTokens'),
    turns: sum('turns'),
  };
};

/** Every day of the range, also those on which nothing was used. */
export function listDays({ from, to, days }: Costs, measure: Measure): CostDay[] {
  const byDay = Map.groupBy(days, ({ day }) => day);
  const all: CostDay[] = [];
  for (let atMs = Date.parse(from); atMs <= Date.parse(to); atMs += dayMs) {
    const day = new Date(atMs).toISOString().slice(0, 10);
    const rows = byDay.get(day) ?? [];
    const byUser = new Map(rows.map((row) => [row.userId, row[measure] ?? 0]));
    all.push({ day, total: rows.reduce((sum, row) => sum + (row[measure] ?? 0), 0), byUser });
  }
  return all;
}

/** The first day of a range of so many days that ends today (UTC). */
export const firstDayOf = (days: number, nowMs: number): string =>
  new Date(nowMs - (days - 1) * dayMs).toISOString().slice(0, 10);
