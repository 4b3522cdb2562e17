// The section of RESULTS.md that a whole run writes: a table of every figure, and the charts.
import { escapeCell, type Marks } from './document.ts';
import { formatSpread } from './format-number.ts';
import { formatReach, formatVerdict } from './report.ts';
import type { ResultFile } from './results.ts';
import type { Row, ScenarioResult } from './scenario.ts';

export const resultsMarks: Marks = {
  begin: '<!-- bench: written by `npm run bench -- --save` -->',
  end: '<!-- /bench -->',
};

/** Whether the scenario was measured validly. */
export const isValidResult = (result: ScenarioResult | undefined): result is ScenarioResult =>
  result?.problems.length === 0;

/**
 * An invalid scenario is named without figures.
 * @param names of the scenarios that were asked for
 * @param charts where each scenario's chart is, from the document's folder
 */
export function formatSection(
  { machine, versions, measuredAt, results }: ResultFile,
  names: readonly string[],
  charts: Record<string, string>,
): string {
  const valid = Object.entries(results).filter(([, result]) => isValidResult(result));
  const missing = names.filter((name) => !isValidResult(results[name]));
  const rows = valid.flatMap(([scenario, result]) =>
    result.rows.map((row) => `| ${cellsOf(scenario, row).map(escapeCell).join(' | ')} |`),
  );
  const memory = `${Math.round(machine.memoryBytes / 2 ** 30)} GiB`;
  return [
    `Measured on ${measuredAt.slice(0, 10)} at commit ${machine.commit}: ${machine.cores} cores (${machine.processor}), ${memory}, ${machine.system}, Node ${versions.node}, PostgreSQL ${versions.postgresql}. Engine, database, references and load generators share the machine. Medians, with the least and the most.`,
    '',
    '| figure | ours | reference | ratio | reach | verdict |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    ...(missing.length > 0 ? [`Not measured validly in this run: ${missing.join(', ')}.`, ''] : []),
    ...valid.flatMap(([scenario]) => (charts[scenario] ? [`![What ${scenario} measured](${charts[scenario]})`] : [])),
  ].join('\n');
}

const cellsOf = (scenario: string, row: Row): string[] => [
  `${scenario}: ${row.name}`,
  `${formatSpread(row.ours)} ${row.unit}`,
  `${row.referenceName} (${row.referenceKind}) ${formatSpread(row.reference)}`,
  formatSpread(row.ratio),
  row.reach ? formatReach(row.reach, row.unit) : '',
  formatVerdict(row),
];
