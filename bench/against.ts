// Measures scenarios of two commits in turns, so that what changes on the machine meanwhile changes both.
import { endAllChildren } from './processes/child.ts';
import type { Results } from './results.ts';
import {
  type FigureTable,
  type Row,
  rowOf,
  type Scenario,
  type ScenarioOptions,
  type ScenarioResult,
} from './scenario.ts';
import { spreadOf } from './statistics.ts';

export type Sides<T> = { before: T; now: T };

export type AgainstOptions = {
  scenarios: Record<string, Scenario>;
  /** The names of the scenarios that are measured. */
  names: readonly string[];
  options: Omit<ScenarioOptions, 'progress' | 'checkout'>;
  /** The folders of the two checkouts. */
  checkouts: Sides<string>;
  interrupted: AbortSignal;
};

/**
 * Each round starts everything anew for one commit and then for the other; the last one is first in the next round. Load
 * generators and references are this commit's for both.
 */
export async function measureAgainst(request: AgainstOptions): Promise<Sides<Results>> {
  const results: Sides<Results> = { before: {}, now: {} };
  for (const name of request.names) {
    try {
      const rounds = await measureRounds(name, request);
      results.before[name] = mergeRounds(rounds.before);
      results.now[name] = mergeRounds(rounds.now);
    } catch (error) {
      await endAllChildren();
      if (request.interrupted.aborted) break;
      console.error(`${name} could not be measured:`, error);
    }
  }
  return results;
}

async function measureRounds(
  name: string,
  { scenarios, options, checkouts, interrupted }: AgainstOptions,
): Promise<Sides<ScenarioResult[]>> {
  const rounds: Sides<ScenarioResult[]> = { before: [], now: [] };
  for (let round = 1; round <= options.rounds; round++) {
    const sides = round % 2 === 1 ? (['before', 'now'] as const) : (['now', 'before'] as const);
    for (const side of sides) {
      interrupted.throwIfAborted();
      const progress = (text: string) =>
        console.error(`${name}, round ${round} of ${options.rounds}, ${side}: ${text}`);
      const once = { ...options, rounds: 1, measuresGrowth: false, checkout: checkouts[side], progress };
      rounds[side].push(await (scenarios[name] as Scenario)(once));
      await endAllChildren();
    }
  }
  return rounds;
}

/** @param rounds of one scenario, at least one */
export function mergeRounds(rounds: readonly ScenarioResult[]): ScenarioResult {
  const [first] = rounds;
  if (!first) throw new Error('No round was measured.');
  return {
    rows: first.rows.map((row) =>
      mergeRows(rounds.flatMap(({ rows }) => rows.filter((other) => isSameRow(row, other)))),
    ),
    figures: mergeFigures(rounds.map(({ figures }) => figures)),
    notes: first.notes,
    warnings: [...new Set(rounds.flatMap(({ warnings }) => warnings))],
    problems: rounds.flatMap(({ problems }) => problems),
  };
}

const isSameRow = (one: Row, other: Row): boolean =>
  one.name === other.name && one.unit === other.unit && one.referenceName === other.referenceName;

function mergeRows(rows: readonly Row[]): Row {
  const samplesOf = (source: 'ours' | 'reference') => rows.flatMap((row) => row[source].samples);
  return rowOf(samplesOf('ours'), samplesOf('reference'), rows[0] as Row);
}

function mergeFigures(tables: readonly FigureTable[]): FigureTable {
  const merged: FigureTable = {};
  for (const [figure, byVariant] of tables.flatMap((table) => Object.entries(table)))
    for (const [variant, { samples }] of Object.entries(byVariant)) {
      merged[figure] ??= {};
      merged[figure][variant] = spreadOf([...(merged[figure][variant]?.samples ?? []), ...samples]);
    }
  return merged;
}
