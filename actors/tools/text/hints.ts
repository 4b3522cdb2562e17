// Writes a hint for a model whose text isn't in a file: what it probably got wrong, and the nearest lines.
import { cutText } from '../../../schema/rules/text.ts';
import { linesOf, removeLineEnd, removeLineNumbers } from './lines.ts';

/** Occurrences of a text that are looked for: more would be as ambiguous. */
export const occurrencesMax = 1_000;
/** What a hint shows: places, lines of each, characters of a line. */
const hintPlacesMax = 3;
export const hintLinesMax = 12;
const hintLineCharsMax = 200;

/** A line as it is shown to the model, with its number. */
export const showLine = (lines: readonly string[], number: number): string =>
  `${number}: ${cutText(removeLineEnd(lines[number - 1] ?? ''), hintLineCharsMax)}`;

/** @returns a sentence or a few, and lines of the file with their numbers */
export function writeHints(content: string, oldText: string): string {
  const mistake = mistakes.find(({ corrected }) => {
    const text = corrected(oldText);
    return text !== undefined && text !== '' && text !== oldText && content.includes(text);
  });
  if (mistake) return mistake.sentence;
  const lines = linesOf(content);
  const alike = findPlacesLike(lines, oldText.trim());
  if (alike.length > 0)
    return `These lines differ from it in whitespace only; ${writeIndentationHint(lines, alike, oldText)}copy them exactly.\n${showPlaces(lines, alike)}`;
  const nearest = findNearestPlaces(lines, oldText);
  if (nearest.length === 0) return 'Nothing in the file is like it. Read the file first.';
  return `It has to match exactly, whitespace included. The nearest lines are these.\n${showPlaces(lines, nearest)}`;
}

/** What models get wrong, and the text that they would have meant. */
const mistakes: { corrected(text: string): string | undefined; sentence: string }[] = [
  {
    corrected: removeLineNumbers,
    sentence: 'It begins its lines with numbers, which are not part of the file; leave them out.',
  },
  {
    corrected: (text) => text.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\"', '"'),
    sentence: 'It holds a backslash and a letter or a quote where the file has a line end, a tab or a quote.',
  },
  {
    corrected: (text) => text.replaceAll(/\r?\n/g, '\r\n'),
    sentence: 'Line ends differ: the lines of the file end in CRLF (\\r\\n) there.',
  },
  {
    corrected: (text) => text.replaceAll('\r\n', '\n'),
    sentence: 'Line ends differ: the lines of the file end in LF (\\n) there.',
  },
];

/** Places in a file: the first line of each, from 1 on, and how many lines. */
type Place = { first: number; count: number };

const squeezeLine = (line: string): string => line.replaceAll(/\s+/g, '');

/** Places whose lines are those of the text but for whitespace. */
function findPlacesLike(lines: readonly string[], text: string): Place[] {
  const wanted = linesOf(text).map(squeezeLine);
  const [head] = wanted;
  if (head === undefined) return [];
  const candidates = lines.map(squeezeLine);
  const places: Place[] = [];
  let at = candidates.indexOf(head);
  for (let tried = 0; at >= 0 && tried < occurrencesMax && places.length < hintPlacesMax; tried++) {
    if (wanted.every((line, n) => candidates[at + n] === line)) places.push({ first: at + 1, count: wanted.length });
    at = candidates.indexOf(head, at + 1);
  }
  return places;
}

/** Names the most frequent cause, where it is one. */
function writeIndentationHint(lines: readonly string[], [place]: readonly Place[], oldText: string): string {
  const theirs = /^[ \t]*/.exec(lines[(place?.first ?? 1) - 1] ?? '')?.[0] ?? '';
  const given = /^[ \t]*/.exec(oldText)?.[0] ?? '';
  if (theirs.includes('\t') && !given.includes('\t')) return 'the file is indented with tabs; ';
  if (!theirs.includes('\t') && given.includes('\t')) return 'the file is indented with spaces; ';
  return '';
}

const wordsOf = (line: string): string[] => cutText(line, lineCharsCompared).match(/[\p{L}\p{N}_]+/gu) ?? [];

/** A line that is longer is compared by its beginning. */
const lineCharsCompared = 1_000;
/** The share of common words from which two lines are alike. */
const likenessMin = 0.5;

/** Places around the lines that share most words with the text's longest line. */
function findNearestPlaces(lines: readonly string[], text: string): Place[] {
  const wanted = linesOf(text);
  const anchor = wanted.reduce(
    (best, line, at) => (squeezeLine(line).length > squeezeLine(wanted[best] ?? '').length ? at : best),
    0,
  );
  const anchorWords = new Set(wordsOf(wanted[anchor] ?? ''));
  if (anchorWords.size === 0) return [];
  return lines
    .map((line, at) => ({ at, likeness: likenessOf(anchorWords, wordsOf(line)) }))
    .filter(({ likeness }) => likeness >= likenessMin)
    .sort((a, b) => b.likeness - a.likeness || a.at - b.at)
    .slice(0, hintPlacesMax)
    .map(({ at }) => ({ first: Math.max(1, at - anchor + 1), count: wanted.length }));
}

/** Dice's coefficient: twice the words in common, of all words. */
function likenessOf(wanted: ReadonlySet<string>, found: readonly string[]): number {
  const distinct = new Set(found);
  let common = 0;
  for (const word of distinct) if (wanted.has(word)) common++;
  return (2 * common) / (wanted.size + distinct.size);
}

const showPlaces = (lines: readonly string[], places: readonly Place[]): string =>
  places.map((place) => showPlace(lines, place)).join('\n…\n');

function showPlace(lines: readonly string[], { first, count }: Place): string {
  const last = Math.min(lines.length, first + Math.min(count, hintLinesMax) - 1);
  return Array.from({ length: last - first + 1 }, (_, n) => showLine(lines, first + n)).join('\n');
}
