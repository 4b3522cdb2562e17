// A session's folders on this machine: its workspace, and beside it what its commands need besides.
import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';

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
