// Finds out whether commands can be confined on this machine, by confining one.
import { execFile } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { filterDescriptor, reportDescriptor, searchPath } from './bubblewrap.ts';
import { isRoot, openConfinement, writeSeccompFilter } from './confinement.ts';
import { runFolderPrefix } from './leftovers.ts';
import { buildSeccompFilter } from './seccomp.ts';

const run = promisify(execFile);

/** A busy machine can be out of processes for a moment. */
const triesMax = 3;
const retryMs = 200;

/**
 * Finds out once for an engine's life: a host that can't confine later has no sandboxes, rather than unconfined ones.
 * @returns why commands can't be confined here; undefined where they can
 */
export async function findConfinementProblem(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (!buildSeccompFilter()) return `the kernel's calls of ${process.arch} are not known here`;
  const programs = ['bwrap', 'socat', ...(isRoot() ? ['setpriv'] : [])];
  const missing = programs.filter((name) => !isOnPath(name));
  if (missing.length > 0) return `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not installed`;
  let problem: string | undefined;
  for (let tries = 1; tries <= triesMax; tries++) {
    problem = await tryConfinement();
    if (problem === undefined) return undefined;
    await delay(retryMs);
  }
  return `bubblewrap does not work: ${problem}`;
}

const isOnPath = (name: string) => searchPath.split(':').some((folder) => existsSync(path.join(folder, name)));

/** Runs a command as a session's is run. @returns why it failed, or that it was root all the same */
async function tryConfinement(): Promise<string | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), runFolderPrefix()));
  try {
    const confinement = await openConfinement([]);
    try {
      const folders = { root: folder, own: folder, home: folder, state: folder, temporary: folder };
      await confinement.prepare(folders);
      const { command, args, env, descriptor } = await confinement.buildCommand(folders, [
        'bash',
        '-c',
        'id -u; id -u >tried',
      ]);
      const shell = `exec ${filterDescriptor}<"$0" ${reportDescriptor}>/dev/null; exec "$@"`;
      if (descriptor !== undefined) closeSync(descriptor);
      const filter = await writeSeccompFilter(folder);
      const { stdout } = await run('bash', ['-c', shell, filter, command, ...args], {
        env: { PATH: searchPath, ...env },
        timeout: 10_000,
      });
      return stdout.trim() === '0' ? 'its commands would be root' : undefined;
    } finally {
      await confinement.close();
    }
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message?: string };
    return (stderr || message || String(error)).trim().split('\n').at(-1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
