// Ends PostgreSQL processes that an engine which was killed left behind, so that the next one can start its own.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** PostgreSQL's three ways to shut down, from clean to none, and how long each gets. */
const ways = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

/**
 * To be called only by who owns `place`, or it would end another engine's PostgreSQL.
 * @returns how many processes there were
 */
export async function endLeftovers(place: string): Promise<number> {
  const found = processesIn(place).length;
  for (const { signal, waitMs } of ways) {
    // Its children follow the postmaster; asked by themselves they would only cancel a statement.
    const postmaster = postmasterOf(place);
    const left = processesIn(place);
    const asked = signal === 'SIGINT' && postmaster !== undefined ? left.filter((pid) => pid === postmaster) : left;
    for (const pid of asked) kill(pid, signal);
    const until = Date.now() + waitMs;
    while (processesIn(place).length > 0 && Date.now() < until) await sleep(10);
  }
  if (processesIn(place).length > 0)
    throw new Error(`PostgreSQL processes of a former engine in ${place} can't be ended.`);
  // PostgreSQL would believe a file whose pid belongs to something else by now, and refuse to start.
  await rm(join(place, 'data', 'postmaster.pid'), { force: true });
  return found;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function postmasterOf(place: string): number | undefined {
  const file = join(place, 'data', 'postmaster.pid');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
}

function processesIn(place: string): number[] {
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map(Number).filter((pid) => isPostgresIn(place, pid));
  }
  const postmaster = postmasterOf(place);
  return postmaster !== undefined && commandOf(postmaster).includes(join(place, 'data')) ? [postmaster] : [];
}

/** Every process of PostgreSQL has its data directory as working directory, and `initdb` is started in `place`. */
function isPostgresIn(place: string, pid: number): boolean {
  try {
    if (!`${readlinkSync(`/proc/${pid}/cwd`)}${sep}`.startsWith(place + sep)) return false;
    return /^(postgres|initdb)$/m.test(readFileSync(`/proc/${pid}/comm`, 'utf8'));
  } catch {
    return false; // Another user's, or gone.
  }
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
