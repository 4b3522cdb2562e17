// The table of what was measured, and its place in a document: between two marks, written by command.
import type { Fault, Finding } from './fault.ts';

export type Line = { fault: Pick<Fault, 'title' | 'reach'>; finding: Finding; seed: number };

export const marks = {
  begin: '<!-- chaos: written by `npm run chaos -- --save` -->',
  end: '<!-- /chaos -->',
};

/** In Markdown, a line for each fault. */
export function tableOf(lines: readonly Line[]): string {
  const rows = lines.map(({ fault, finding, seed }) =>
    [fault.title, fault.reach, `${finding.measured} (seed ${seed})`, verdictOf(finding)].map(cell).join(' | '),
  );
  return ['| fault | reach | measured | held |', '|---|---|---|---|', ...rows.map((row) => `| ${row} |`)].join('\n');
}

const verdictOf = ({ violations }: Finding) => (violations.length === 0 ? 'yes' : `no: ${violations[0]}`);

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** What a document says between the marks is replaced. @throws when it has no such place */
export function withTable(document: string, text: string): string {
  const begin = document.indexOf(marks.begin);
  const end = document.indexOf(marks.end);
  if (begin < 0 || end < begin)
    throw new Error(`The document has no place for the table: ${marks.begin} … ${marks.end}`);
  return `${document.slice(0, begin + marks.begin.length)}\n${text}\n${document.slice(end)}`;
}

/** Lines of an earlier table stay where only some faults were run. @returns `fresh` in the place of what they measured anew */
export function mergedTable(document: string, fresh: readonly Line[], titles: readonly string[]): string {
  const earlier = rowsOf(document);
  const made = rowsOf(`${marks.begin}\n${tableOf(fresh)}\n${marks.end}`);
  const rows = titles.flatMap((title) => made.get(title) ?? earlier.get(title) ?? []);
  return ['| fault | reach | measured | held |', '|---|---|---|---|', ...rows].join('\n');
}

/** The rows between the marks by their first cell. */
function rowsOf(document: string): Map<string, string> {
  const text = document.slice(document.indexOf(marks.begin), document.indexOf(marks.end));
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| fault |'));
  return new Map(rows.map((row) => [row.split(' | ')[0]?.slice(2) ?? '', row]));
}
