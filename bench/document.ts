// The part of a document that a command writes, between two marks that stay.

export type Marks = { begin: string; end: string };

/** @throws where the document doesn't have each mark once, in order */
export function readTextBetween(document: string, marks: Marks): string {
  const { from, to } = findPlace(document, marks);
  return document.slice(from, to).replace(/^\n|\n$/g, '');
}

/** @returns the document with `text` between the marks @throws as `readTextBetween` */
export function replaceTextBetween(document: string, marks: Marks, text: string): string {
  const { from, to } = findPlace(document, marks);
  return `${document.slice(0, from)}\n${text}\n${document.slice(to)}`;
}

function findPlace(document: string, { begin, end }: Marks): { from: number; to: number } {
  const from = document.indexOf(begin) + begin.length;
  const to = document.indexOf(end);
  const isThere = document.includes(begin) && to >= from;
  if (!isThere || document.lastIndexOf(begin) !== from - begin.length || document.lastIndexOf(end) !== to)
    throw new Error(`The document has no place, or more than one, between ${begin} and ${end}.`);
  return { from, to };
}

export const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
