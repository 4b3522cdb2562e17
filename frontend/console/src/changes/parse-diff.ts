// Takes a unified diff of one file apart, as git writes it. Pure.

/** `isLast`: no new line follows it in its file. */
export type DiffLine = { kind: 'same' | 'removed' | 'added'; text: string; isLast?: true };

/** The numbers are those of its first lines, from 1. */
export type Hunk = { oldStart: number; newStart: number; lines: DiffLine[] };

const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

const kinds: Record<string, DiffLine['kind'] | undefined> = { ' ': 'same', '-': 'removed', '+': 'added' };

/** What a hunk's head says that it holds is believed, not what its lines look like: a file's lines may look like heads. */
export function parseHunks(diff: string): Hunk[] {
  const lines = diff.split('\n');
  const hunks: Hunk[] = [];
  for (let at = 0; at < lines.length; ) {
    const [isHead, oldStart, oldCount, newStart, newCount] = head.exec(lines[at++] ?? '') ?? [];
    if (isHead === undefined) continue;
    const hunk: Hunk = { oldStart: startOf(oldStart, oldCount), newStart: startOf(newStart, newCount), lines: [] };
    at = readLines(lines, at, hunk, countOf(oldCount), countOf(newCount));
    hunks.push(hunk);
  }
  return hunks;
}

/** @returns where the next hunk may begin */
function readLines(lines: readonly string[], from: number, hunk: Hunk, oldCount: number, newCount: number): number {
  let at = from;
  for (let [oldLeft, newLeft] = [oldCount, newCount]; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const last = hunk.lines.at(-1);
    if (line.startsWith('\\')) {
      if (last) last.isLast = true;
      continue;
    }
    const kind = kinds[line[0] ?? ''];
    if (kind === undefined || (oldLeft === 0 && newLeft === 0)) break;
    if (kind !== 'added') oldLeft--;
    if (kind !== 'removed') newLeft--;
    hunk.lines.push({ kind, text: line.slice(1) });
  }
  return at;
}

const countOf = (text: string | undefined): number => (text === undefined ? 1 : Number(text));

/** Of a range of no lines git names the line before it. */
const startOf = (start: string | undefined, count: string | undefined): number =>
  Number(start) + (countOf(count) === 0 ? 1 : 0);
