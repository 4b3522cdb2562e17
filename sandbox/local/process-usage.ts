// What a sandbox's processes on this machine use, by descent from those that the engine has started.
import { readdir, readFile } from 'node:fs/promises';
import { addDescendants, type Process } from './processes.ts';

export type ProcessUsage = { cpuMs: number; memoryBytes: number; processes: number };

type TimedProcess = Process & { cpuMs: number };

/** What the kernel counts processors' time in, for programs, on every Linux. */
const ticksPerSecond = 100;

/**
 * The time of children that have ended is in their parent's.
 * @param roots processes that the engine has started
 */
export async function measureProcesses(roots: ReadonlySet<number>): Promise<ProcessUsage> {
  const all = await listProcesses(roots);
  const members = new Set(addDescendants(all));
  const found = all.filter(({ pid }) => members.has(pid));
  const memory = await Promise.all(found.map(({ pid }) => readMemory(pid)));
  return {
    cpuMs: found.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    memoryBytes: memory.reduce((sum, bytes) => sum + bytes, 0),
    processes: found.length,
  };
}

async function listProcesses(roots: ReadonlySet<number>): Promise<TimedProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => readProcess(pid, roots)));
  return found.filter((process) => process !== undefined);
}

async function readProcess(pid: number, roots: ReadonlySet<number>): Promise<TimedProcess | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (stat === undefined) return undefined; // The process has ended meanwhile.
  const [, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = rest.slice(9, 13).reduce((sum, field) => sum + Number(field), 0); // utime, stime, cutime, cstime
  return { pid, parent: Number(parent), isMarked: roots.has(pid), cpuMs: (ticks * 1_000) / ticksPerSecond };
}

/** Memory that several processes share counts for each of them. */
async function readMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
