// The table of what was measured, as it stands in a document.
import { escapeCell, type Marks, readTextBetween } from '../document.ts';
import type { Finding } from './fault.ts';

/** What was run, as it was run. */
export type FaultLine = { title: string; reach: string; finding: Finding; seed: number };

export const chaosMarks: Marks = {
  begin: '<!-- chaos: written by `npm run chaos -- --save` -->',
  end: '<!-- /chaos -->',
};

/** In Markdown, a line for each fault. */
export function formatFaultTable(lines: readonly FaultLine[]): string {
  const rows = lines.map(({ title, reach, finding, seed }) =>
    [title, reach, `${finding.measured} (seed ${seed})`, formatHeld(finding)].map(escapeCell).join(' | '),
  );
  return ['| fault | reach | measured | held |', '|---|---|---|---|', ...rows.map((row) => `| ${row} |`)].join('\n');
}

const formatHeld = ({ violations }: Finding) => (violations.length === 0 ? 'yes' : `no: ${violations[0]}`);

/** Lines of an earlier table stay where only some faults were run. @returns `fresh` in the place of what they measured anew */
export function mergeTable(document: string, fresh: readonly FaultLine[], titles: readonly string[]): string {
  const earlier = parseRows(readTextBetween(document, chaosMarks));
  const made = parseRows(formatFaultTable(fresh));
  const rows = titles.flatMap((title) => made.get(title) ?? earlier.get(title) ?? []);
  return ['| fault | reach | measured | held |', '|---|---|---|---|', ...rows].join('\n');
}

/** The rows of a table by their first cell. */
function parseRows(table: string): Map<string, string> {
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| fault |'));
  return new Map(rows.map((row) => [row.split(' | ')[0]?.slice(2) ?? '', row]));
}
