// The head and the tail of a long text, as many lines as are asked for, with no line longer than a screen can bear.

/** `leftOut`: lines between head and tail. */
export type CutText = { head: string; tail: string; leftOut: number };

/** Characters of one line that are shown: a long one is data that nobody reads, and lays out slowly. */
export const lineCharsMax = 2_000;
/** Of these so many are its end. */
const lineEndChars = 200;

export const cutLine = (line: string): string =>
  line.length <= lineCharsMax
    ? line
    : `${line.slice(0, lineCharsMax - lineEndChars)} […${(line.length - lineCharsMax).toLocaleString('en')} characters left out…] ${line.slice(-lineEndChars)}`;

/** @param linesMax more than this are cut in the middle; a third of what stays is the tail */
export function cutLines(text: string, linesMax: number): CutText {
  const lines = text.replace(/\n$/, '').split('\n');
  if (lines.length <= linesMax) return { head: lines.map(cutLine).join('\n'), tail: '', leftOut: 0 };
  const tailLines = Math.floor(linesMax / 3);
  return {
    head: lines
      .slice(0, linesMax - tailLines)
      .map(cutLine)
      .join('\n'),
    tail: tailLines === 0 ? '' : lines.slice(-tailLines).map(cutLine).join('\n'),
    leftOut: lines.length - linesMax,
  };
}
