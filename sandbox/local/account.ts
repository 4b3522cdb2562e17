// Gives a session's confined commands an account where the engine is root: no person's, and no other session's.
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chown, lchown, lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The number of a user and of its group. */
export type Account = number;

/** The first number is far above those of people, services and the ranges of containers. */
const firstAccount = 1_500_000_000;
const accountCount = 500_000_000;

export function accountOf(sessionFolder: string): Account {
  const hash = createHash('sha256').update(sessionFolder).digest().readUInt32BE(0);
  return firstAccount + (hash % accountCount);
}

/** Gives folders to a session's account, with all that an engine without such accounts has left in them. */
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

/** Writes the files by which programs find the account's name. @param folder one that commands can't write to */
export async function writeAccountFiles(
  account: Account,
  folder: string,
  home: string,
): Promise<{ passwd: string; group: string }> {
  const files = { passwd: path.join(folder, 'passwd'), group: path.join(folder, 'group') };
  const readEtc = (name: string) => readFile(`/etc/${name}`, 'utf8').catch(() => '');
  await writeFile(files.passwd, `${await readEtc('passwd')}agent:x:${account}:${account}:agent:${home}:/bin/bash\n`);
  await writeFile(files.group, `${await readEtc('group')}agent:x:${account}:\n`);
  return files;
}
