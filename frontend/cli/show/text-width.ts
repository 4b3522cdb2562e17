// How many columns text takes in a terminal, and text cut to a number of them.
import stringWidth from 'string-width';

export const widthOf = (text: string): number => stringWidth(text);

const segmenter = new Intl.Segmenter();

/** Of one line without colours; `…` stands for the rest. */
export function cutToWidth(text: string, columns: number): string {
  if (text.length <= columns && widthOf(text) <= columns) return text;
  let cut = '';
  let width = 0;
  for (const { segment } of segmenter.segment(text.slice(0, columns * 8))) {
    width += widthOf(segment);
    if (width > columns - 1) break;
    cut += segment;
  }
  return columns < 1 ? '' : `${cut}…`;
}

/** A line as several that break between words, as far as words are short enough; each begins where the first one did. */
export function wrapToWidth(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = '';
  for (const word of line.slice(indent.length).split(' ')) {
    const longer = current === '' ? indent + word : `${current} ${word}`;
    if (current === '' || widthOf(longer) <= columns) current = longer;
    else {
      lines.push(current);
      current = indent + word;
    }
  }
  return [...lines, current];
}

/** The end of the line instead; `…` stands for what is before it. */
export function cutToEnd(text: string, columns: number): string {
  if (text.length <= columns && widthOf(text) <= columns) return text;
  const segments = [...segmenter.segment(text.slice(-columns * 8))].map(({ segment }) => segment);
  let cut = '';
  let width = 0;
  for (const segment of segments.reverse()) {
    width += widthOf(segment);
    if (width > columns - 1) break;
    cut = segment + cut;
  }
  return columns < 1 ? '' : `…${cut}`;
}

export const padToWidth = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - widthOf(text)));
