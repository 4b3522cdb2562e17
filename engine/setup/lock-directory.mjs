// A lock that one process of this machine holds at a time, and that is free again when its owner was killed.
//
// The lock is a directory with a file for each process that holds it: its owner, and helpers that must not be overtaken
// when the owner was killed. Taking it is mkdir, which only one process can win. A stale one is removed file by file
// and then with rmdir, which fails on a directory that someone has signed in to meanwhile.
//
// The package proper-lockfile isn't there before packages are installed, counts a killed owner as alive for seconds, and
// knows no helpers.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long the directory may be empty before its owner, which writes its file right after mkdir, counts as gone. */
const emptyForMs = 5000;
const askAgainMs = 100;

/** @typedef {{ alsoHeldBy: (pid: number) => void, release: () => void }} Lock */

/**
 * Takes the lock, or says who holds it, without waiting.
 * @param {string} directory its parent must exist
 * @returns {Lock | { heldBy: number | undefined }} `heldBy` is undefined while its owner is arriving
 */
export function takeLock(directory) {
  for (;;) {
    if (makeDirectory(directory)) {
      if (signIn(directory, process.pid)) return makeLock(directory);
      continue;
    }
    const names = listEntries(directory);
    const holder = names.find((name) => nameOfProcess(parsePid(name)) === name);
    if (holder) return { heldBy: parsePid(holder) };
    if (names.length === 0 && !hasBeenEmptyForLong(directory)) return { heldBy: undefined };
    for (const name of names) tryToRemove(() => unlinkSync(join(directory, name)));
    tryToRemove(() => rmdirSync(directory));
  }
}

/**
 * Waits for the lock, does `work` and releases it.
 * @template Result
 * @param {string} directory
 * @param {{ onWait: (pid: number | undefined) => void, signal: AbortSignal }} options `onWait` is called once at most
 * @param {(lock: Lock) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withLock(directory, { onWait, signal }, work) {
  let lock = takeLock(directory);
  if ('heldBy' in lock) onWait(lock.heldBy);
  while ('heldBy' in lock) {
    await sleep(askAgainMs, undefined, { signal });
    lock = takeLock(directory);
  }
  try {
    return await work(lock);
  } finally {
    lock.release();
  }
}

/**
 * Names a process so that no other one has its name, not even one that gets the same pid later or after a reboot.
 * @param {number} pid
 * @returns {string | undefined} undefined when there is no such process
 */
export function nameOfProcess(pid) {
  try {
    if (process.platform !== 'linux') {
      const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
      return `${pid}-${Date.parse(started)}`;
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which may hold anything; the start time is the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    return fields[0] === 'Z' ? undefined : `${pid}-${fields[19]}-${boot}`;
  } catch {
    return undefined;
  }
}

function makeDirectory(directory) {
  try {
    mkdirSync(directory);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function makeLock(directory) {
  return {
    alsoHeldBy: (pid) => signIn(directory, pid),
    release() {
      for (const name of listEntries(directory)) tryToRemove(() => unlinkSync(join(directory, name)));
      tryToRemove(() => rmdirSync(directory));
    },
  };
}

/** @returns {boolean} false when someone took the directory for abandoned and removed it */
function signIn(directory, pid) {
  try {
    writeFileSync(join(directory, nameOfProcess(pid) ?? `${pid}`), '');
    return true;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

function parsePid(name) {
  return Number.parseInt(name, 10);
}

function listEntries(directory) {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function hasBeenEmptyForLong(directory) {
  const { mtimeMs } = statSync(directory, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
  return Date.now() - mtimeMs > emptyForMs;
}

/** @returns {boolean} false when another process was faster */
function tryToRemove(remove) {
  try {
    remove();
    return true;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    throw error;
  }
}
