// The list of changes: which of them a filter leaves, their lines together, and the way from one to the next. Pure.
import type { Calls } from '../lucid.ts';

export type ChangesAnswer = Calls['listChanges']['answer'];
export type Change = ChangesAnswer['changes'][number];

/** Each word must be in the path, or the old one, in whatever case. */
export function filterChanges(changes: readonly Change[], filter: string): readonly Change[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return changes;
  return changes.filter(({ path, oldPath = '' }) => {
    const text = `${path} ${oldPath}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export const countLines = (changes: readonly Change[]): { added: number; removed: number } => ({
  added: changes.reduce((sum, { added }) => sum + added, 0),
  removed: changes.reduce((sum, { removed }) => sum + removed, 0),
});

/** @returns the path before or after the chosen one, which stays at the ends; the first one where none is chosen */
export function stepFrom(changes: readonly Change[], chosen: string | undefined, step: -1 | 1): string | undefined {
  const at = changes.findIndex(({ path }) => path === chosen);
  if (at < 0) return changes[0]?.path;
  return changes[Math.min(changes.length - 1, Math.max(0, at + step))]?.path;
}

/** A path in its folder and its name; the workspace itself goes without saying. */
export function splitPath(path: string): { folder: string; name: string } {
  const inside = path.replace(/^\/workspace\//, '');
  const end = inside.lastIndexOf('/') + 1;
  return { folder: inside.slice(0, end), name: inside.slice(end) };
}
