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
