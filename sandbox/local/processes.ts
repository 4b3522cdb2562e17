// Finds and kills the processes of a command on this machine, by the mark in their environment and by descent.
import { readdir, readFile, readlink } from 'node:fs/promises';

type Process = { pid: number; parent: number; isMarked: boolean };

const rounds = 20;

/**
 * Ends every process that carries the mark, and every descendant of one, until none is left.
 * @param marker `NAME=value` as it stands in an environment
 */
export async function killMarked(marker: string): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const victims = addDescendants(await listProcesses(marker));
    if (victims.length === 0) return;
    for (const pid of victims) killProcess(pid);
  }
}

/** Ends a process and all its descendants, itself first. */
export async function killTree(pid: number): Promise<void> {
  for (const victim of await findTree(pid)) killProcess(victim);
}

/**
 * The folder that a shell is in, by the number that it has in its own namespace.
 * @param pid what the shell was started as: itself, or what confines it
 */
export async function findShellFolder(pid: number, shellPid: number): Promise<string | undefined> {
  const found = await Promise.all((await findTree(pid)).map(readNumbers));
  const named = found.filter((numbers) => numbers.at(-1) === String(shellPid));
  // What confines it has namespaces of its own, in which others have the same number: the shell is in the innermost.
  const [shell] = named.sort((a, b) => b.length - a.length);
  return shell && readlink(`/proc/${shell[0]}/cwd`).catch(() => undefined);
}

/** A process's number in every namespace that it is in, ours first. */
async function readNumbers(pid: number): Promise<string[]> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  return /^NSpid:\t(.*)$/m.exec(status)?.[1]?.split('\t') ?? [];
}

async function findTree(pid: number): Promise<number[]> {
  const all = await listProcesses('\0');
  return addDescendants(all.map((process) => ({ ...process, isMarked: process.pid === pid })));
}

async function listProcesses(marker: string): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => readProcess(pid, marker)));
  return found.filter((process) => process !== undefined);
}

async function readProcess(pid: number, marker: string): Promise<Process | undefined> {
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

function addDescendants(processes: readonly Process[]): number[] {
  const victims = new Set(processes.filter((process) => process.isMarked).map((process) => process.pid));
  for (let before = -1; before !== victims.size; ) {
    before = victims.size;
    for (const { pid, parent } of processes) if (victims.has(parent)) victims.add(pid);
  }
  return [...victims];
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
