// Cuts a file to the lines that were asked for and fit into one answer, and notes the rest.
import { failed, type Outcome, succeeded } from '../../../schema/error.ts';
import { cutText } from '../../../schema/rules/text.ts';
import { linesOf, numberLine } from './lines.ts';

/** One read of a file: some 400 lines of code, or 5,000 tokens, which each later request of the turn has again. */
export const readCharsMax = 16_000;

export type PageOptions = {
  /** The first line, from 1 on. */
  offset?: number | undefined;
  /** How many; without it, all that follow. */
  limit?: number | undefined;
  lineNumbers?: boolean | undefined;
};

/** Keeps lines whole, except one that is too long alone. A whole file without numbers stays as it is. */
export function cutPage(content: string, options: PageOptions): Outcome<string> {
  const { offset = 1, limit } = options;
  const lines = linesOf(content);
  const asked = lines.slice(offset - 1, limit === undefined ? undefined : offset - 1 + limit);
  return cutLines(asked, lines.length, options);
}

/** @param asked the lines from `offset` on, as many as were asked for or more than fit @param total those of the whole file */
export function cutLines(
  asked: readonly string[],
  total: number,
  { offset = 1, lineNumbers = false }: PageOptions,
): Outcome<string> {
  if (offset > Math.max(total, 1)) return failed('invalid', `The file has ${total} lines; there is no line ${offset}.`);
  const { text, count, isLineCut } = fitLines(
    lineNumbers ? asked.map((line, at) => numberLine(line, offset + at)) : asked,
  );
  const last = offset + count - 1;
  const notes = [
    ...(isLineCut
      ? [`[Line ${last} is too long to be shown whole; in the shell, rg -o '.{1,4000}' shows it in pieces.]`]
      : []),
    ...(offset > 1 || last < total ? [`[Lines ${offset} to ${last} of ${total}.]`] : []),
  ];
  return succeeded(notes.length === 0 ? text : `${endLine(text)}${notes.join('\n')}\n`);
}

function fitLines(lines: readonly string[]): { text: string; count: number; isLineCut: boolean } {
  let chars = 0;
  const tooMuch = lines.findIndex((line) => {
    chars += line.length;
    return chars > readCharsMax;
  });
  if (tooMuch === 0) return { text: cutText(lines[0] ?? '', readCharsMax), count: 1, isLineCut: true };
  const whole = tooMuch < 0 ? lines : lines.slice(0, tooMuch);
  return { text: whole.join(''), count: whole.length, isLineCut: false };
}

const endLine = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
