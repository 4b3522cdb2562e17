// Removes what an engine that was killed left on this machine, found by the name of the process that made it.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { killMarked } from './processes.ts';

/** Marks the processes of unconfined commands. */
export const engineVariable = 'LUCID_ENGINE';

const prefix = 'lucid-of-';

/** Names a process by its number, its start and the number's namespace, so that no later process gets the same name. */
export function nameOfEngineProcess(pid: number | 'self' = 'self'): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const numbers = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0];
    return `${numbers}-${Number.parseInt(stat, 10)}-${started}`;
  } catch {
    return undefined; // The process has ended, or this is not Linux.
  }
}

/** Begins the names of an engine's temporary folders. */
export const runFolderPrefix = (): string => `${prefix}${nameOfEngineProcess() ?? 'unknown'}-`;

/** Whether the process of that name has ended; false for one of another namespace, which can't be looked up. */
export function hasProcessEnded(name: string): boolean {
  const [numbers, pid] = name.split('-');
  const own = nameOfEngineProcess();
  if (own === undefined || own.split('-')[0] !== numbers) return false;
  return nameOfEngineProcess(Number(pid)) !== name;
}

/** @returns how many folders and processes were removed */
export async function removeLeftovers(): Promise<{ folders: number; processes: number }> {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith(prefix));
  const left = names.filter((name) => hasProcessEnded(name.slice(prefix.length).split('-').slice(0, 3).join('-')));
  let folders = 0;
  for (const name of left)
    await rm(path.join(tmpdir(), name), { recursive: true, force: true }).then(
      () => folders++,
      () => undefined, // A folder of another account is removed by that account's next engine.
    );
  return { folders, processes: await killOrphans() };
}

async function killOrphans(): Promise<number> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')));
  const marks = environments.flatMap(
    (text) => new RegExp(`(?:^|\\0)(${engineVariable}=[\\d-]+)\\0`).exec(text)?.[1] ?? [],
  );
  const orphaned = marks.filter((mark) => hasProcessEnded(mark.slice(engineVariable.length + 1)));
  for (const mark of new Set(orphaned)) await killMarked(mark);
  return orphaned.length;
}
