// Builds the two sides of a changed file from its diff, and from its content where that is known. Pure.
import { type DiffLine, type Hunk, parseHunks } from './parse-diff.ts';

/** `number`: its place in the file; null for what stands in for lines that aren't known, or is no line of the file. */
export type SideLine = { text: string; number: number | null };

/** `isWhole`: whether the lines between the changes are known. */
export type Sides = { before: SideLine[]; after: SideLine[]; isWhole: boolean };

/** Stands in for the lines between two changes. */
const gap: SideLine = { text: '⋯', number: null };
const noNewline: SideLine = { text: '\\ No new line at the end', number: null };

/** @param content what the file holds now; a diff that doesn't fit it, since it has changed meanwhile, stands alone */
export function sidesOfDiff(diff: string, content?: string): Sides {
  const hunks = parseHunks(diff);
  const lines = content === undefined ? undefined : linesOf(content);
  const isWhole = lines !== undefined && fits(hunks, lines);
  const sides: Sides = { before: [], after: [], isWhole };
  let [oldNext, newNext] = [1, 1];
  const passOver = (newTo: number) => {
    if (newTo <= newNext) return;
    for (let number = newNext; number < newTo; number++) {
      const text = lines?.[number - 1] ?? '';
      if (isWhole) addLine(sides, { kind: 'same', text }, oldNext + number - newNext, number);
    }
    if (!isWhole) for (const side of [sides.before, sides.after]) side.push(gap);
    oldNext += newTo - newNext;
    newNext = newTo;
  };
  for (const hunk of hunks) {
    passOver(hunk.newStart);
    [oldNext, newNext] = [hunk.oldStart, hunk.newStart];
    for (const line of hunk.lines) {
      addLine(sides, line, oldNext, newNext);
      if (line.kind !== 'added') oldNext++;
      if (line.kind !== 'removed') newNext++;
    }
  }
  if (isWhole) passOver(lines.length + 1);
  return sides;
}

function addLine({ before, after }: Sides, { kind, text, isLast }: DiffLine, oldNumber: number, newNumber: number) {
  if (kind !== 'added') before.push({ text, number: oldNumber });
  if (kind !== 'removed') after.push({ text, number: newNumber });
  if (!isLast) return;
  if (kind !== 'added') before.push(noNewline);
  if (kind !== 'removed') after.push(noNewline);
}

/** Without an empty one for the new line at the end. */
function linesOf(content: string): string[] {
  const lines = content.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const fits = (hunks: readonly Hunk[], lines: readonly string[]): boolean =>
  hunks.every(({ newStart, lines: of }) =>
    of.filter(({ kind }) => kind !== 'removed').every(({ text }, index) => lines[newStart - 1 + index] === text),
  );
