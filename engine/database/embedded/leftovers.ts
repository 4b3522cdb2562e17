// Ends PostgreSQL processes that an engine which was killed left behind, so that the next one can start its own.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** PostgreSQL's three ways to shut down, from clean to none, and how long each gets. */
const shutdownSteps = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

/** PostgreSQL writes this name into the titles of its processes, by which they are found again. */
export function clusterNameOf(place: string): string {
  return `lucid-engine-${createHash('sha256').update(place).digest('hex').slice(0, 12)}`;
}

/**
 * To be called only by who owns `place`, or it would end another engine's PostgreSQL.
 * @returns how many processes there were
 */
export async function endLeftovers(place: string): Promise<number> {
  let left = findProcesses(place);
  const found = left.length;
  for (const { signal, waitMs } of shutdownSteps) {
    const postmaster = readPostmasterPid(place);
    // The postmaster ends its children; SIGINT to a child would only cancel its statement.
    const isClean = signal === 'SIGINT' && postmaster !== undefined && left.includes(postmaster);
    for (const pid of isClean ? [postmaster] : left) kill(pid, signal);
    const until = Date.now() + waitMs;
    while (left.length > 0 && Date.now() < until) {
      await sleep(10);
      left = findProcesses(place);
    }
  }
  if (left.length > 0) throw new Error(`PostgreSQL processes of a former engine in ${place} can't be ended.`);
  await forgetReusedPid(place);
  return found;
}

/**
 * PostgreSQL refuses to start while there is a process with the pid in its file, even a zombie or another program's.
 * A file whose process is gone stays: PostgreSQL looks by itself whether the former shared memory is still in use.
 */
async function forgetReusedPid(place: string): Promise<void> {
  const pid = readPostmasterPid(place);
  const isInUse =
    process.platform === 'linux' ? existsSync(`/proc/${pid}`) : pid !== undefined && readTitle(pid) !== '';
  if (isInUse) await rm(pidFileIn(place), { force: true });
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended meanwhile.
  }
}

function pidFileIn(place: string): string {
  return join(place, 'data', 'postmaster.pid');
}

function readPostmasterPid(place: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(pidFileIn(place), 'utf8'), 10);
  } catch {
    return undefined;
  }
}

function findProcesses(place: string): number[] {
  const pids = process.platform === 'linux' ? readdirSync('/proc') : [String(readPostmasterPid(place) ?? '')];
  return pids.filter((name) => /^\d+$/.test(name) && belongsTo(place, readTitle(Number(name)))).map(Number);
}

/** The title is compared, since not even root of a container may read /proc/<pid>/cwd. */
function belongsTo(place: string, title: string): boolean {
  const [program = '', ...args] = title.split(/[\0 ]/);
  if (program === 'postgres:') return title.includes(clusterNameOf(place));
  const isPostgres = ['postgres', 'initdb', 'setpriv'].includes(basename(program));
  return isPostgres && args.some((arg) => arg.includes(join(place, 'data')));
}

/** The command line, or what the process has put in its place; empty when there is no such process. */
function readTitle(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
