// The table of findings in RESULTS.md.
import { escapeCell, type Marks, readTextBetween } from '../document.ts';
import type { Finding } from './fault.ts';

export type FaultLine = { title: string; reach: string; finding: Finding; seed: number };

export const chaosMarks: Marks = {
  begin: '<!-- chaos: written by `npm run chaos -- --save` -->',
  end: '<!-- /chaos -->',
};

export const clusterMarks: Marks = {
  begin: '<!-- chaos cluster: written by `npm run chaos -- cluster --save` -->',
  end: '<!-- /chaos cluster -->',
};

export function formatFaultTable(lines: readonly FaultLine[]): string {
  const rows = lines.map(({ title, reach, finding, seed }) =>
    [title, reach, `${finding.measured} (seed ${seed})`, formatHeld(finding)].map(escapeCell).join(' | '),
  );
  return ['| fault | reach | measured | held |', '|---|---|---|---|', ...rows.map((row) => `| ${row} |`)].join('\n');
}

const formatHeld = ({ violations }: Finding) => (violations.length === 0 ? 'yes' : `no: ${violations[0]}`);

/** @returns the document's table at the marks, in which the lines replace those of the same titles */
export function mergeTable(
  document: string,
  lines: readonly FaultLine[],
  titles: readonly string[],
  marks: Marks = chaosMarks,
): string {
  const earlier = parseRows(readTextBetween(document, marks));
  const replacing = parseRows(formatFaultTable(lines));
  const rows = titles.flatMap((title) => replacing.get(title) ?? earlier.get(title) ?? []);
  return ['| fault | reach | measured | held |', '|---|---|---|---|', ...rows].join('\n');
}

/** @returns the rows by their first cell */
function parseRows(table: string): Map<string, string> {
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| fault |'));
  return new Map(rows.map((row) => [row.split(' | ')[0]?.slice(2) ?? '', row]));
}
