// A session's folders on this machine: its workspace, and beside it a home, the shell's state and temporary files.
import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Outcome } from '../../schema/error.ts';
import type { SandboxOwner } from '../sandbox-source.ts';
import { removeFolders } from './remove-folders.ts';

/** Paths are absolute, with links resolved. */
export type LocalFolders = {
  /** Holds the workspace. */
  root: string;
  /** Holds the folders below; commands can't write to it itself. */
  own: string;
  home: string;
  /** Holds the environment that bash leaves for the next one, and the pipes of its commands. */
  state: string;
  /** Temporary files of unconfined commands; those of confined ones are in memory. */
  temporary: string;
};

/** Lies beside the users' folders, whose names can't begin with a dot. */
export const ownFolders = '.shells';

export const foldersOf = (base: string, { sessionId, userId }: SandboxOwner): [root: string, own: string] => [
  path.join(base, folderNameOf(userId), folderNameOf(sessionId)),
  path.join(base, ownFolders, folderNameOf(sessionId)),
];

const nameCharsMax = 200;

/** Makes an id the name of a folder: readable where possible, never `..`, never too long. */
export function folderNameOf(id: string): string {
  const name = encodeURIComponent(id).replace(/^\.+/, (dots) => '%2E'.repeat(dots.length));
  return name.length <= nameCharsMax ? name : createHash('sha256').update(id).digest('hex');
}

/** @returns `sandboxFailed` with the reason where something stays */
export const removeSessionFolders = (base: string, owner: SandboxOwner): Promise<Outcome<void>> =>
  removeFolders(base, foldersOf(base, owner));

export async function makeFolders(root: string, own: string): Promise<LocalFolders> {
  const makeInOwn = (name: string) => makeFolder(path.join(own, name));
  return {
    root: await makeFolder(root),
    own: await makeFolder(own),
    home: await makeInOwn('home'),
    state: await makeInOwn('state'),
    temporary: await makeInOwn('tmp'),
  };
}

async function makeFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return realpath(folder);
}
