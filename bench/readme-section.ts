// The performance section of the project's README: a table of every figure and the charts, as a whole run measured them.
import type { Marks } from './document.ts';
import { spreadText } from './number-text.ts';
import { reachText, verdictOf } from './report.ts';
import type { ResultFile } from './results.ts';
import type { Row } from './scenario.ts';

export const marks: Marks = {
  begin: '<!-- bench: written by `npm run bench -- --save` -->',
  end: '<!-- /bench -->',
};

/** @param charts where each scenario's chart is, from the README's folder */
export function sectionOf(
  { machine, versions, measuredAt, results }: ResultFile,
  charts: Record<string, string>,
): string {
  const rows = Object.entries(results).flatMap(([scenario, result]) =>
    result.rows.map((row) => `| ${cellsOf(scenario, row).map(cell).join(' | ')} |`),
  );
  const memory = `${Math.round(machine.memoryBytes / 2 ** 30)} GiB`;
  return [
    `Measured on ${measuredAt.slice(0, 10)} at commit ${machine.commit}: ${machine.cores} cores (${machine.processor}), ${memory}, ${machine.system}, Node ${versions.node}, PostgreSQL ${versions.postgresql}. Engine, database, references and load generators share the machine. Medians, with the least and the most.`,
    '',
    '| figure | ours | reference | ratio | reach | verdict |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    ...Object.entries(charts).map(([scenario, file]) => `![What ${scenario} measured](${file})`),
  ].join('\n');
}

const cellsOf = (scenario: string, row: Row): string[] => [
  `${scenario}: ${row.name}`,
  `${spreadText(row.ours)} ${row.unit}`,
  `${row.referenceName} (${row.referenceKind}) ${spreadText(row.reference)}`,
  spreadText(row.ratio),
  row.reach ? reachText(row.reach, row.unit) : '',
  verdictOf(row),
];

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
