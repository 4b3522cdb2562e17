// Lines of a text: counted from 1, each with its own line end.

/** Lines with their ends, so that joined they are the text again; `\r\n` is one end. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

export const removeLineEnd = (line: string): string => line.replace(/\r?\n$/, '');

/** The number of the line that holds this place of a text. */
export function findLineNumber(text: string, at: number): number {
  let line = 1;
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', end + 1)) line++;
  return line;
}

/** As `cat -n` shows a line, which models know from their training, but not padded: blanks are tokens in every request. */
export const numberLine = (line: string, number: number): string => `${number}\t${line}`;

const startsWithNumber = /^ *\d+\t/;

/** The text without the numbers of `numbered`; undefined where not every line has one. */
export function removeLineNumbers(text: string): string | undefined {
  const lines = linesOf(text);
  if (lines.length === 0 || !lines.every((line) => startsWithNumber.test(line))) return undefined;
  return lines.map((line) => line.replace(startsWithNumber, '')).join('');
}

/**
 * Texts that a model wrote, with the line ends of the file that they are meant for: in a file of CRLF alone, those of
 * texts that show no `\r` at all are taken for CRLF. Any other file gets what was written.
 */
export function adoptLineEnds(content: string, ...texts: string[]): string[] {
  if (!hasCrlfAlone(content) || texts.some((text) => text.includes('\r'))) return texts;
  return texts.map((text) => text.replaceAll('\n', '\r\n'));
}

export const hasCrlfAlone = (text: string): boolean => text.includes('\r\n') && !/(^|[^\r])\n/.test(text);
