// The lines of a unified diff, each with what it is. Pure.

export type DiffLine = {
  kind: 'added' | 'removed' | 'same' | 'place';
  text: string;
  oldLine?: number;
  newLine?: number;
};

/** Lines of a frame's diff at most; it is cut at some hundred. */
const diffLinesMax = 20_000;

export function readDiff(diff: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let [oldLine, newLine] = [0, 0];
  let isBefore = true; // The names of the files stand before the first place.
  for (const line of diff.replace(/\n$/, '').split('\n', diffLinesMax)) {
    const place = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (place) {
      isBefore = false;
      [oldLine, newLine] = [Number(place[1]), Number(place[2])];
      lines.push({ kind: 'place', text: line });
    } else if (isBefore || line.startsWith('\\')) continue;
    else if (line.startsWith('+')) lines.push({ kind: 'added', text: line.slice(1), newLine: newLine++ });
    else if (line.startsWith('-')) lines.push({ kind: 'removed', text: line.slice(1), oldLine: oldLine++ });
    else lines.push({ kind: 'same', text: line.slice(1), oldLine: oldLine++, newLine: newLine++ });
  }
  return lines;
}

/** The lines of a file that was written, as they stand in it. */
export const readWritten = (text: string): DiffLine[] =>
  text
    .replace(/\n$/, '')
    .split('\n', diffLinesMax)
    .map((line, at) => ({ kind: 'added', text: line, newLine: at + 1 }));

export const countChanged = (lines: readonly DiffLine[]): { added: number; removed: number } => ({
  added: lines.filter(({ kind }) => kind === 'added').length,
  removed: lines.filter(({ kind }) => kind === 'removed').length,
});
