// The account that a session's confined commands run as where the engine is root: no person's, and no other session's.
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chown, lchown, lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A user's and group's number. */
export type Account = number;

/** Far above the numbers that people, services and containers' ranges of them have. */
const firstAccount = 1_500_000_000;
const accounts = 500_000_000;

export function accountOf(sessionFolder: string): Account {
  const hash = createHash('sha256').update(sessionFolder).digest().readUInt32BE(0);
  return firstAccount + (hash % accounts);
}

/** Gives what a session has to its account; all of it, where an engine that knew no accounts left it behind. */
export async function giveFolders(account: Account, folders: string[]): Promise<void> {
  for (const folder of folders) {
    const { uid } = await lstat(folder);
    if (uid === account) continue;
    await giveContent(account, folder);
    await chown(folder, account, account);
  }
}

async function giveContent(account: Account, folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const at = path.join(folder, name);
    const found: Stats | undefined = await lstat(at).catch(() => undefined);
    if (!found) continue;
    if (found.isDirectory()) await giveContent(account, at);
    await lchown(at, account, account);
  }
}

/** Writes the files by which programs find the account's name. @param folder that commands can't write to */
export async function writeAccountFiles(
  account: Account,
  folder: string,
  home: string,
): Promise<{ passwd: string; group: string }> {
  const files = { passwd: path.join(folder, 'passwd'), group: path.join(folder, 'group') };
  const text = (name: string) => readFile(`/etc/${name}`, 'utf8').catch(() => '');
  await writeFile(files.passwd, `${await text('passwd')}agent:x:${account}:${account}:agent:${home}:/bin/bash\n`);
  await writeFile(files.group, `${await text('group')}agent:x:${account}:\n`);
  return files;
}
