// A session's folders on this machine: its workspace, and beside it a home, the shell's state and temporary files.
import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Outcome } from '../../schema/error.ts';
import type { SandboxOwner } from '../sandbox-source.ts';
import { removeFolders } from './remove-folders.ts';

/** Absolute, with links resolved. */
export type LocalFolders = {
  /** The workspace. */
  root: string;
  /** Holds the others; commands can't write to it. */
  own: string;
  home: string;
  /** Where bash leaves its environment for the next one, and the pipes of its commands. */
  state: string;
  /** Of commands that nothing confines; those that are confined have theirs in memory. */
  temporary: string;
};

/** Beside the users' folders; none of them can have a name that begins with a dot. */
export const ownFolders = '.shells';

/** The workspace, and the folder that holds the others. */
export const foldersOf = (base: string, { sessionId, userId }: SandboxOwner): [root: string, own: string] => [
  path.join(base, folderNameOf(userId), folderNameOf(sessionId)),
  path.join(base, ownFolders, folderNameOf(sessionId)),
];

const nameCharsMax = 200;

/** A user's id as one name of a folder: readable where it can be, never `..`, never too long. */
export function folderNameOf(id: string): string {
  const name = encodeURIComponent(id).replace(/^\.+/, (dots) => '%2E'.repeat(dots.length));
  return name.length <= nameCharsMax ? name : createHash('sha256').update(id).digest('hex');
}

/** Removes them, whoever left them. @returns `sandboxFailed` with the reason where something stays */
export const removeSessionFolders = (base: string, owner: SandboxOwner): Promise<Outcome<void>> =>
  removeFolders(base, foldersOf(base, owner));

export async function makeFolders(root: string, own: string): Promise<LocalFolders> {
  const inOwn = (name: string) => makeFolder(path.join(own, name));
  return {
    root: await makeFolder(root),
    own: await makeFolder(own),
    home: await inOwn('home'),
    state: await inOwn('state'),
    temporary: await inOwn('tmp'),
  };
}

async function makeFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return realpath(folder);
}
