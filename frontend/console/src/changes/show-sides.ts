// Makes the sides of a diff fit to be shown: what deceives is replaced by its sign, very long lines are cut. Pure.
import { showDeceptive } from '../ui/find-deceptive.ts';
import type { SideLine, Sides } from './sides-of-diff.ts';

/** `numbers`: of each line, its place in the file. The last line ends, too, so that one more behind it is no change of it. */
type ShownSide = { text: string; numbers: readonly (number | null)[] };
export type ShownSides = { before: ShownSide; after: ShownSide; hasCutLines: boolean };

/** More of one line nobody reads in a diff, and a page would be slow to draw it. */
export const shownLineCharsMax = 2_000;

/** Two lines that are the same up to where they are cut must still differ where they are changed: so each says whose it is. */
export function showSides({ before, after }: Sides): ShownSides {
  const endsByCr = [...before, ...after].every(({ text, number }) => number === null || text.endsWith('\r'));
  const showSide = (lines: readonly SideLine[], other: ReadonlySet<string>, word: string): ShownSide => ({
    text: lines
      .map(({ text }) => `${showLine(endsByCr ? text.replace(/\r$/, '') : text, other.has(text) ? '' : word)}\n`)
      .join(''),
    numbers: lines.map(({ number }) => number),
  });
  const [oldLong, newLong] = [longOf(before), longOf(after)];
  return {
    before: showSide(before, newLong, ' before'),
    after: showSide(after, oldLong, ' now'),
    hasCutLines: oldLong.size + newLong.size > 0,
  };
}

const longOf = (lines: readonly SideLine[]): ReadonlySet<string> =>
  new Set(lines.flatMap(({ text }) => (text.length > shownLineCharsMax ? text : [])));

function showLine(text: string, word: string): string {
  if (text.length <= shownLineCharsMax) return showDeceptive(text);
  const shown = text.slice(0, shownLineCharsMax).replace(/[\ud800-\udbff]$/, ''); // No half of a character.
  return `${showDeceptive(shown)} ⋯ ${text.length - shown.length} more characters${word}`;
}
