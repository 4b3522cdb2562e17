// Finds parent processes that still show the engine's secrets to every program of the same account, as npm does, which
// keeps the environment that it was started with.
import { readFileSync } from 'node:fs';

export type Holder = { pid: number; name: string; variables: string[] };

/** @param names of the variables that are secret */
export function findHolders(names: readonly string[], from = process.ppid): Holder[] {
  const holders: Holder[] = [];
  for (let pid = from; pid > 1; pid = readParent(pid)) {
    const entries = readProcessFile(pid, 'environ').split('\0');
    const variables = names.filter((name) => entries.some((entry) => entry.startsWith(`${name}=`)));
    if (variables.length > 0) holders.push({ pid, name: readProcessFile(pid, 'comm').trim(), variables });
  }
  return holders;
}

/** The warning for an engine whose commands run unconfined; undefined without holders. */
export function warningOfHolders(holders: readonly Holder[]): string | undefined {
  const [first] = holders;
  if (!first) return undefined;
  const variables = [...new Set(holders.flatMap((holder) => holder.variables))].join(', ');
  return (
    `Unconfined commands can read ${variables} in the environment of ${first.name} (process ${first.pid}), which started ` +
    'this engine: put what is secret into the file .env instead.'
  );
}

const readParent = (pid: number): number => Number(/^PPid:\t(\d+)$/m.exec(readProcessFile(pid, 'status'))?.[1] ?? 0);

/** The file's text; empty where the process is gone or another account's. */
function readProcessFile(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
