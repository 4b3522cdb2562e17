// Removes folders that a session leaves behind, however deep they are, whatever their names and permissions.
import { constants } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { v7 as uuid } from 'uuid';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { descriptorPathOf, O_PATH } from './descriptor-path.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/** Holds, in the base folder, the folders that are being removed. No user's folder can have such a name. */
export const leavingFolder = '.leaving';

/**
 * Moves folders aside at once, so that a session of the same name begins anew, and then removes them.
 * @returns `sandboxFailed` with the reason where something stays; the next sweep tries again
 */
export async function removeFolders(base: string, folders: readonly string[]): Promise<Outcome<void>> {
  const leaving = path.join(base, leavingFolder);
  const problems: string[] = [];
  for (const folder of folders) {
    const moved = await tryAct(async () => {
      await mkdir(leaving, { recursive: true, mode: 0o700 });
      await makeWritable(folder);
      await rename(folder, path.join(leaving, uuid()));
    });
    if (moved !== undefined && moved !== 'ENOENT') problems.push(moved);
  }
  const swept = await clearLeavingFolder(base);
  if (!swept.ok) return swept;
  return problems.length === 0
    ? succeeded(undefined)
    : failed('sandboxFailed', `Folders stay behind: ${problems.join(', ')}.`);
}

/** Removes what was moved aside; several hosts can do so at once. */
export async function clearLeavingFolder(base: string): Promise<Outcome<void>> {
  const leaving = path.join(base, leavingFolder);
  const problems = new Set<string>();
  const folder = await open(leaving, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch(() => undefined);
  if (!folder) return succeeded(undefined);
  try {
    const at = descriptorPathOf(folder);
    for (
      let names = await listFolderNames(at);
      names.length > 0 && problems.size === 0;
      names = await listFolderNames(at)
    )
      for (const name of names) {
        const problem = await tryAct(() => removeLevel(at, name));
        if (problem !== undefined && problem !== 'ENOENT') problems.add(problem);
      }
  } finally {
    await folder.close();
  }
  return problems.size === 0
    ? succeeded(undefined)
    : failed('sandboxFailed', `Folders of ended sessions can't be removed yet: ${[...problems].join(', ')}.`);
}

/** Moves inner folders up beside this one, to be emptied in their turn, so that no path grows long and few descriptors are open. */
async function removeLevel(leaving: string, name: string): Promise<void> {
  const own = `${leaving}/${name}`;
  await makeWritable(own);
  const folder = await open(own, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    for (const entry of await readdir(descriptorPathOf(folder), { withFileTypes: true, encoding: 'buffer' })) {
      const at = Buffer.concat([Buffer.from(`${descriptorPathOf(folder)}/`), entry.name]);
      if (!entry.isDirectory()) await unlink(at);
      else {
        await makeWritable(at);
        await rename(at, `${leaving}/${uuid()}`);
      }
    }
  } finally {
    await folder.close();
  }
  await rmdir(own);
}

const listFolderNames = (at: string): Promise<string[]> => readdir(at).catch(() => []);

/** A folder has to be writable to be emptied and also to be moved. */
async function makeWritable(at: string | Buffer): Promise<void> {
  const folder = await open(at, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  try {
    await chmod(descriptorPathOf(folder), 0o700);
  } finally {
    await folder.close();
  }
}

/** @returns the system's code for what went wrong */
const tryAct = (act: () => Promise<unknown>): Promise<string | undefined> =>
  act().then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code ?? String(error),
  );
