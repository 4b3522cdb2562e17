// What the bench says: the table with its verdicts, the figures behind it, and the machine they come from.
import type { Machine } from './machine.ts';
import { isReached, type Reach, type Result, type Row } from './scenario.ts';
import type { Spread } from './statistics.ts';

/** Results by scenario, in the order they were measured. */
export type Results = Record<string, Result>;

export function describe(machine: Machine): string {
  const { name, cores, processor, memoryBytes, system, node, commit, syncMs } = machine;
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB`;
  return `${name}: ${cores} cores (${processor}), ${memory}, ${system}, Node ${node}, commit ${commit}, ${syncMs.toFixed(2)} ms for a durable write`;
}

/** One scenario with all its figures. */
export function detailsOf(scenario: string, { figures, notes, warnings, problems }: Result): string {
  const variants = [...new Set(Object.values(figures).flatMap((byVariant) => Object.keys(byVariant)))];
  const lines = Object.entries(figures).map(([figure, byVariant]) => [
    figure,
    ...variants.map((variant) => spreadText(byVariant[variant])),
  ]);
  return [
    aligned([[scenario, ...variants], ...lines]),
    ...notes.map((note) => `  ${note}`),
    ...warnings.map((warning) => `  Warning: ${warning}`),
    ...problems.map((problem) => `  INVALID: ${problem}`),
  ].join('\n');
}

/** All scenarios, a line for each comparison: medians, with the least and the most in parentheses. */
export function tableOf(results: Results): string {
  const head = ['scenario', 'ours', 'reference', 'ratio', 'reach', 'verdict'];
  const lines = Object.entries(results).flatMap(([scenario, { rows, problems }]) =>
    rows.map((row) => [
      `${scenario}: ${row.name}`,
      `${spreadText(row.ours)} ${row.unit}`,
      `${row.referenceName} ${spreadText(row.reference)}`,
      spreadText(row.ratio),
      row.reach ? reachText(row.reach, row.unit) : '',
      problems.length > 0 ? 'INVALID' : verdictOf(row),
    ]),
  );
  return aligned([head, ...lines]);
}

function verdictOf({ reach, ...row }: Row): string {
  if (!reach) return '';
  if (isReached(row, reach)) return 'reached';
  const { median } = reach.of === 'ours' ? row.ours : row.ratio;
  return `short by ${numberText(Math.abs(reach.value - median))}`;
}

const reachText = ({ of, bound, value }: Reach, unit: string) =>
  `${bound === 'at least' ? '≥' : '≤'} ${value}${of === 'ours' ? ` ${unit}` : ''}`;

const spreadText = (spread: Spread | undefined) =>
  spread ? `${numberText(spread.median)} (${numberText(spread.min)}–${numberText(spread.max)})` : '';

function numberText(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function aligned(lines: readonly string[][]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Everything, every sample with it, for whoever compares later. */
export const jsonOf = (machine: Machine, measuredAt: Date, results: Results): string =>
  `${JSON.stringify({ measuredAt: measuredAt.toISOString(), machine, results }, undefined, 2)}\n`;
