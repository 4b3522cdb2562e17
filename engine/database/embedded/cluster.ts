// The files of the embedded PostgreSQL: made at the first start, whole or not at all, and used again at every later one.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { type Programs, runProgram } from './programs.ts';

export const databaseName = 'lucid_db';
export const userName = 'lucid_user';
const majorVersion = '18';
const unfinishedPrefix = 'data.unfinished-';

export type Cluster = { data: string; password: string; isNew: boolean };

/**
 * @param place the folder that everything is in, owned by `account`
 * @throws when there are files of another version, or without their password
 */
export async function ensureCluster(place: string, programs: Programs, account: Account): Promise<Cluster> {
  const data = join(place, 'data');
  const passwordFile = join(place, 'password');
  const isNew = !existsSync(data);
  if (isNew) await createCluster(place, programs, account, passwordFile);
  else await checkVersion(data);
  const password = await readFile(passwordFile, 'utf8').catch(() => '');
  if (password !== '') return { data, password: password.trim(), isNew };
  throw new Error(`${passwordFile} is missing: restore it, or move ${place} away to begin with an empty database.`);
}

async function createCluster(place: string, programs: Programs, account: Account, passwordFile: string): Promise<void> {
  await removeUnfinished(place);
  // The folder has a name of its own, since an `initdb` that was cut short may still be writing to the last one.
  const unfinished = await mkdtemp(join(place, unfinishedPrefix));
  await account.own(unfinished);
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  await account.own(passwordFile);
  await runProgram(account, programs.initdb, [
    `--pgdata=${unfinished}`,
    `--username=${userName}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Text sorts by code point, whatever locales the machine has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]);
  const single = ['--single', '-D', unfinished, 'postgres'];
  await runProgram(account, programs.postgres, single, `CREATE DATABASE ${databaseName}\n`);
  await rename(unfinished, join(place, 'data'));
}

async function removeUnfinished(place: string): Promise<void> {
  const names = (await readdir(place)).filter((name) => name.startsWith(unfinishedPrefix));
  await Promise.all(names.map((name) => rm(join(place, name), { recursive: true, force: true, maxRetries: 5 })));
}

async function checkVersion(data: string): Promise<void> {
  const version = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '(unknown)');
  if (version.trim() === majorVersion) return;
  throw new Error(
    `${data} is of PostgreSQL ${version.trim()}, but this engine brings PostgreSQL ${majorVersion}: dump it with the old version, or move it away to begin with an empty database.`,
  );
}
