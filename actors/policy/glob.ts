// Compares texts with patterns, in time that grows with their lengths alone: users and repositories write patterns.
import { ownNameOf, toolsOfPattern } from '../../schema/rules/tool-name.ts';

/** Characters of a longer path than any system opens. */
const pathCharsMax = 4_096;

/** `*` stands for any text. */
export function fitsText(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern === text;
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  const end = text.length - tail.length;
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= end;
}

/** Whether a pattern of tools names the one that is called. */
export const fitsTool = (pattern: string, called: string): boolean =>
  toolsOfPattern(pattern).some((name) => fitsText(name, ownNameOf(called)));

/** `*` stands for any text within a folder, and `**` as a whole part for any folders, also for none. */
export function fitsGlob(pattern: string, named: string): boolean {
  if (named.length > pathCharsMax) return false;
  const names = named.split('/');
  /** Whether the pattern's parts so far fit the first names: for each count of them. */
  let fits = names.map(() => false);
  let fitsNone = true;
  for (const part of pattern.split('/')) {
    if (!fitsNone && !fits.includes(true)) return false;
    const before = [fitsNone, ...fits];
    if (part === '**') {
      let any = fitsNone;
      fits = fits.map((fit) => (any ||= fit));
    } else {
      fits = names.map((name, at) => before[at] === true && fitsText(part, name));
      fitsNone = false;
    }
  }
  return fits.at(-1) ?? false;
}
