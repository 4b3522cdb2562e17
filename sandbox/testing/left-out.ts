// Says what tests left out on this machine, and why: in one line at the end of a whole run, or of a file that runs alone.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export type LeftOut = { what: string; why: string };

/** Names a file in which the processes of one run gather what they leave out. */
export const leftOutVariable = 'LUCID_LEFT_OUT';

export function leaveOut(what: string, why: string): void {
  const file = process.env[leftOutVariable];
  if (file !== undefined) return appendFileSync(file, `${JSON.stringify({ what, why } satisfies LeftOut)}\n`);
  if (alone.length === 0) process.once('exit', () => console.log(sentenceOf(alone)));
  alone.push({ what, why });
}

const alone: LeftOut[] = [];

/** @returns one line; undefined where nothing was left out */
export function readSentenceOfRun(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.length === 0 ? undefined : sentenceOf(lines.map((line) => JSON.parse(line) as LeftOut));
}

/** Names, for each reason, what is left out for it, of many only the first. */
export function sentenceOf(all: readonly LeftOut[]): string {
  const byReason = Object.entries(Object.groupBy(all, ({ why }) => why));
  const clauses = byReason.map(([why, found = []]) => {
    const names = [...new Set(found.map(({ what }) => what))];
    const [first, second, ...more] = names;
    const named = [first, second].filter(Boolean).join('; ');
    return `${named}${more.length > 0 ? ` and ${more.length} more` : ''} (${why})`;
  });
  return `Left out: ${clauses.join(' | ')}.`;
}
