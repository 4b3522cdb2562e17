// Finds and kills the processes of a command on this machine, by the mark in their environment and by descent.
import { readdir, readFile, readlink } from 'node:fs/promises';

export type Process = { pid: number; parent: number; isMarked: boolean };

const roundsMax = 20;

/**
 * Ends every process that carries the mark, and every descendant of one, until none is left.
 * @param marker `NAME=value` as it stands in an environment
 */
export async function killMarked(marker: string): Promise<void> {
  for (let round = 0; round < roundsMax; round++) {
    const pids = addDescendants(await listProcesses(marker));
    if (pids.length === 0) return;
    for (const pid of pids) killProcess(pid);
  }
}

/** Ends a process and all its descendants, itself first. */
export async function killTree(pid: number): Promise<void> {
  for (const each of await findTree(pid)) killProcess(each);
}

export type KeptProcesses = {
  /** Numbers in the innermost namespace: those of the keeper and of what it runs in. */
  numbers: ReadonlySet<string>;
  /** `NAME=value` as they stand in environments; descendants are kept too. */
  markers: readonly string[];
};

/**
 * Ends what runs in the innermost namespace below a process, until none is left but what is kept.
 * @param first the number there of the process that is ended first
 */
export async function killInnermost(pid: number, first: number, kept: KeptProcesses): Promise<void> {
  for (let round = 0; round < roundsMax; round++) {
    const victims = await findInnermost(pid, kept);
    if (victims.length === 0) return;
    for (const { pid: each } of victims.sort(
      (a, b) => Number(b.number === `${first}`) - Number(a.number === `${first}`),
    ))
      killProcess(each);
  }
}

async function findInnermost(
  pid: number,
  { numbers, markers }: KeptProcesses,
): Promise<{ pid: number; number: string }[]> {
  const all = await listProcesses(...markers);
  const spared = new Set(addDescendants(all));
  const below = addDescendants(all.map((process) => ({ ...process, isMarked: process.pid === pid })));
  const found = await Promise.all(below.map(async (each) => ({ pid: each, numbers: await readNumbers(each) })));
  const depth = Math.max(0, ...found.map((each) => each.numbers.length));
  return found
    .filter((each) => each.numbers.length === depth && !spared.has(each.pid))
    .map((each) => ({ pid: each.pid, number: each.numbers.at(-1) ?? '' }))
    .filter(({ number }) => !numbers.has(number));
}

/**
 * Finds the folder that a shell is in.
 * @param pid of the shell, or of what confines it
 * @param shellPid the shell's number in its own namespace
 */
export async function findShellFolder(pid: number, shellPid: number): Promise<string | undefined> {
  const found = await Promise.all((await findTree(pid)).map(readNumbers));
  const named = found.filter((numbers) => numbers.at(-1) === String(shellPid));
  // In the namespaces of what confines the shell others may have its number: the shell is in the innermost.
  const [shell] = named.sort((a, b) => b.length - a.length);
  return shell && readlink(`/proc/${shell[0]}/cwd`).catch(() => undefined);
}

/** Reads a process's numbers in all its namespaces, this process's own namespace first. */
async function readNumbers(pid: number): Promise<string[]> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  return /^NSpid:\t(.*)$/m.exec(status)?.[1]?.split('\t') ?? [];
}

async function findTree(pid: number): Promise<number[]> {
  const all = await listProcesses();
  return addDescendants(all.map((process) => ({ ...process, isMarked: process.pid === pid })));
}

async function listProcesses(...markers: string[]): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => readProcess(pid, markers)));
  return found.filter((process) => process !== undefined);
}

async function readProcess(pid: number, markers: readonly string[]): Promise<Process | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || pid === process.pid) return undefined;
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    return { pid, parent: Number(parent), isMarked: environment.split('\0').some((entry) => markers.includes(entry)) };
  } catch {
    return undefined; // The process has ended meanwhile.
  }
}

/** @returns the marked ones and their descendants */
export function addDescendants(processes: readonly Process[]): number[] {
  const found = new Set(processes.filter((process) => process.isMarked).map((process) => process.pid));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent } of processes) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended already.
  }
}
