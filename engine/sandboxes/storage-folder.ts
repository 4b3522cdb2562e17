// The folder that WORKSPACE_BASE_PATH names: made where it isn't there, or refused in a sentence.
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError } from '../config.ts';

/** @throws ConfigError where nothing can be written there */
export async function openStorageFolder(given: string): Promise<void> {
  try {
    const folder = path.resolve(given);
    await makeFolder(folder);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new ConfigError(
      `WORKSPACE_BASE_PATH is "${given}", where nothing can be kept: ${hints[code] ?? (error as Error).message}.`,
    );
  }
}

/** Makes the folder level by level: Node's own `recursive` never ends on a file system without folders (/proc; Node 24.21). */
async function makeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (found) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  const parent = path.dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  await mkdir(folder);
}

const hints: Record<string, string> = {
  ENOTDIR: 'a part of it is a file',
  EEXIST: 'a part of it is a link that leads nowhere',
  ENOENT: 'no folder can be made there',
  EPERM: 'no folder can be made there',
  EACCES: "the engine's account may not write there",
  EROFS: 'it can only be read',
  ENOSPC: 'the disk is full',
};
