// The bench's report: the table with its verdicts, the figures behind it, the machine, and what changed since an earlier run.
import type { Sides } from './against.ts';
import { areTooFew, type Comparison, figureKeyOf, isWorse } from './comparison.ts';
import { formatNumber, formatSpread } from './format-number.ts';
import type { Machine } from './machine.ts';
import type { ResultFile, Results } from './results.ts';
import { isMoreBetter, isReached, type Reach, type Row, type ScenarioResult } from './scenario.ts';
import { ratioOf } from './statistics.ts';

export function formatMachine(machine: Machine): string {
  const { name, cores, processor, memoryBytes, system, node, commit, syncMs } = machine;
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB`;
  return `${name}: ${cores} cores (${processor}), ${memory}, ${system}, Node ${node}, commit ${commit}, ${syncMs.toFixed(2)} ms for a durable write`;
}

export function formatDetails(scenario: string, { figures, notes, warnings, problems }: ScenarioResult): string {
  const variants = [...new Set(Object.values(figures).flatMap((byVariant) => Object.keys(byVariant)))];
  const lines = Object.entries(figures).map(([figure, byVariant]) => [
    figure,
    ...variants.map((variant) => (byVariant[variant] ? formatSpread(byVariant[variant]) : '')),
  ]);
  return [
    alignColumns([[scenario, ...variants], ...lines]),
    ...notes.map((note) => `  ${note}`),
    ...warnings.map((warning) => `  Warning: ${warning}`),
    ...problems.map((problem) => `  INVALID: ${problem}`),
  ].join('\n');
}

/** All scenarios, a line for each comparison: medians, with the least and the most in parentheses. */
export function formatTable(results: Results): string {
  const head = ['scenario', 'ours', 'reference', 'ratio', 'reach', 'verdict'];
  const lines = Object.entries(results).flatMap(([scenario, { rows, problems }]) =>
    rows.map((row) => [
      `${scenario}: ${row.name}`,
      `${formatSpread(row.ours)} ${row.unit}`,
      `${row.referenceName} ${formatSpread(row.reference)}`,
      formatSpread(row.ratio),
      row.reach ? formatReach(row.reach, row.unit) : '',
      problems.length > 0 ? 'INVALID' : formatVerdict(row),
    ]),
  );
  return alignColumns([head, ...lines]);
}

export function formatVerdict({ reach, ...row }: Row): string {
  if (!reach) return '';
  if (isReached(row, reach)) return 'reached';
  const { median } = reach.of === 'ours' ? row.ours : row.ratio;
  return `short by ${formatNumber(Math.abs(reach.value - median))}`;
}

export const formatReach = ({ of, bound, value }: Reach, unit: string) =>
  `${bound === 'at least' ? '≥' : '≤'} ${value}${of === 'ours' ? ` ${unit}` : ''}`;

/** Which figures got worse since an earlier run, and how many could not be compared. */
export function formatComparison(earlier: ResultFile, { isSameMachine, compared, tooFew, worse }: Comparison): string {
  const { measuredAt, machine } = earlier;
  const lines = [`Against ${measuredAt.slice(0, 10)}, commit ${machine.commit}, on ${machine.name}:`];
  if (!isSameMachine)
    lines.push('  That was another machine: ratios to the references are compared, not the figures themselves.');
  if (tooFew > 0) lines.push(`  ${tooFew} of ${compared} figures have too few samples for any difference to show.`);
  lines.push(
    ...worse.map(({ scenario, row, of, before, now }) => {
      const unit = of === 'ours' ? row.unit : `of ${row.referenceName} (${row.unit})`;
      const change = `${now > before ? '+' : '−'}${formatNumber(Math.abs(now / before - 1) * 100)} %`;
      return `  WORSE: ${scenario}: ${row.name}: ${formatNumber(before)} → ${formatNumber(now)} ${unit}, ${change}`;
    }),
  );
  if (worse.length === 0) lines.push(`  Of ${compared} figures, none got worse by more than the noise.`);
  return lines.join('\n');
}

/** Each figure of two commits that were measured in turns; figures of one scenario and name stand in one line. */
export function formatSides(commit: string, { before, now }: Sides<Results>): string {
  const head = ['scenario', commit, 'now', 'now / before', 'verdict'];
  const rows = Object.entries(now).flatMap(([scenario, result]) => result.rows.map((row) => ({ scenario, row })));
  const figures = [...new Map(rows.map((figure) => [figureKeyOf(figure), figure])).values()];
  const lines = figures.flatMap(({ scenario, row }) => {
    const earlier = before[scenario]?.rows.find(({ name, unit }) => name === row.name && unit === row.unit);
    if (!earlier) return [];
    const problems = [...(before[scenario]?.problems ?? []), ...(now[scenario]?.problems ?? [])];
    return [
      [
        `${scenario}: ${row.name}`,
        `${formatSpread(earlier.ours)} ${row.unit}`,
        `${formatSpread(row.ours)} ${row.unit}`,
        formatSpread(ratioOf(row.ours.samples, earlier.ours.samples)),
        problems.length > 0 ? 'INVALID' : formatChange(earlier, row),
      ],
    ];
  });
  return alignColumns([head, ...lines]);
}

/** A difference within the noise is no change. */
function formatChange(before: Row, now: Row): string {
  const moreIsBetter = isMoreBetter(now);
  if (moreIsBetter === undefined) return '';
  if (areTooFew(before.ours.samples, now.ours.samples)) return 'too few rounds to tell';
  if (isWorse(before.ours.samples, now.ours.samples, moreIsBetter)) return 'WORSE';
  return isWorse(now.ours.samples, before.ours.samples, moreIsBetter) ? 'better' : 'no change beyond the noise';
}

function alignColumns(lines: readonly string[][]): string {
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
