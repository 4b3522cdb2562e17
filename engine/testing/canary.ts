// Makes secrets that nothing else contains, and finds them in texts, in every spelling that programs print.
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { secretNames } from '../config.ts';

/** The secret has characters that URLs and base64 spell otherwise. @param prefix how such secrets begin */
export const makeCanary = (prefix: string): string => `${prefix}${randomBytes(24).toString('base64')}+/=~`;

/** @returns a value that the engine starts with for each secret variable but the database's URL, which is secret as a whole */
export const makeEngineCanaries = (): Record<string, string> => ({
  ...Object.fromEntries(
    secretNames.filter((name) => name !== 'DATABASE_URL').map((name) => [name, makeCanary(`${name.toLowerCase()}-`)]),
  ),
  CLUSTER_CREDENTIALS: new TextDecoder().decode(nkeys.createUser().getSeed()),
});

/** Texts in which secrets are looked for, by their places. */
export type TextsByPlace = Record<string, string>;

/** @returns `place: secret, spelling` for each that is found */
export function findSecrets(secrets: Record<string, string>, places: TextsByPlace): string[] {
  return Object.entries(places).flatMap(([place, text]) => {
    const lower = text.toLowerCase();
    return Object.entries(secrets).flatMap(([name, secret]) =>
      Object.entries(spellingsOf(secret))
        .filter(([, spelling]) => lower.includes(spelling.toLowerCase()))
        .map(([spellingName]) => `${place}: ${name}, ${spellingName}`),
    );
  });
}

function spellingsOf(secret: string): Record<string, string> {
  return {
    plain: secret,
    'in a URL': encodeURIComponent(secret),
    'as JSON': JSON.stringify(secret).slice(1, -1),
    hexadecimal: Buffer.from(secret).toString('hex'),
    ...Object.fromEntries(
      [0, 1, 2].flatMap((offset) => [
        [`base64 from ${offset}`, base64Inside(secret, offset, 'base64')],
        [`base64url from ${offset}`, base64Inside(secret, offset, 'base64url')],
      ]),
    ),
  };
}

/** The groups at both ends are left out, since they depend on the text around the secret. */
const base64Inside = (secret: string, offset: number, encoding: 'base64' | 'base64url'): string =>
  Buffer.from(`${'x'.repeat(offset)}${secret}`)
    .toString(encoding)
    .replace(/=+$/, '')
    .slice(4, -4);

/** @returns all files below a folder, as one text */
export async function readFilesIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

/** @returns the command lines and environments of all processes of the machine */
export async function readProcesses(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = pids.flatMap((pid) => [readText(`/proc/${pid}/cmdline`), readText(`/proc/${pid}/environ`)]);
  return (await Promise.all(texts)).join('\n');
}

/** @returns nothing for a process that has ended, or is another user's */
const readText = (file: string): Promise<string> => readFile(file, 'latin1').catch(() => '');
