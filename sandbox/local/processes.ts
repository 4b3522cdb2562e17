// The processes of a command on this machine: found by the mark in their environment, and by descent.
import { readdir, readFile } from 'node:fs/promises';

type Process = { pid: number; parent: number; isMarked: boolean };

const rounds = 20;

/**
 * Ends every process that carries the mark, and every descendant of one, until none is left.
 * @param marker `NAME=value` as it stands in an environment
 */
export async function endMarked(marker: string): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const victims = withDescendants(await processesWith(marker));
    if (victims.length === 0) return;
    for (const pid of victims) kill(pid);
  }
}

/** Ends a process and all its descendants. */
export async function endTree(pid: number): Promise<void> {
  const all = await processesWith('\0');
  const victims = withDescendants(all.map((process) => ({ ...process, isMarked: process.pid === pid })));
  for (const victim of victims) kill(victim);
}

async function processesWith(marker: string): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => processAt(pid, marker)));
  return found.filter((process) => process !== undefined);
}

async function processAt(pid: number, marker: string): Promise<Process | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || pid === process.pid) return undefined;
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    return { pid, parent: Number(parent), isMarked: environment.split('\0').includes(marker) };
  } catch {
    return undefined; // It has ended while we look.
  }
}

function withDescendants(processes: readonly Process[]): number[] {
  const victims = new Set(processes.filter((process) => process.isMarked).map((process) => process.pid));
  for (let before = -1; before !== victims.size; ) {
    before = victims.size;
    for (const { pid, parent } of processes) if (victims.has(parent)) victims.add(pid);
  }
  return [...victims];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
