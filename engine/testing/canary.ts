// Secrets that are nowhere else in the world, and where they turn up: in any of the spellings that programs print them in.
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Has characters that are spelled otherwise in URLs and in base64. @param prefix as its maker's begin */
export const makeCanary = (prefix: string): string => `${prefix}${randomBytes(24).toString('base64')}+/=~`;

/** Texts in which secrets are looked for, by where they are from. */
export type TextsByPlace = Record<string, string>;

/** @returns `where: which secret, as what`, for each that is found */
export function findSecrets(secrets: Record<string, string>, places: TextsByPlace): string[] {
  return Object.entries(places).flatMap(([where, text]) => {
    const lower = text.toLowerCase();
    return Object.entries(secrets).flatMap(([name, secret]) =>
      Object.entries(spellingsOf(secret))
        .filter(([, spelling]) => lower.includes(spelling.toLowerCase()))
        .map(([how]) => `${where}: ${name}, ${how}`),
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

/** What is the same whatever stands before and behind: without the groups at both ends. */
const base64Inside = (secret: string, offset: number, encoding: 'base64' | 'base64url'): string =>
  Buffer.from(`${'x'.repeat(offset)}${secret}`)
    .toString(encoding)
    .replace(/=+$/, '')
    .slice(4, -4);

/** All files below a folder, as one text. */
export async function readFilesIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

/** Command lines and environments of all processes of the machine. */
export async function readProcesses(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = pids.flatMap((one) => [readText(`/proc/${one}/cmdline`), readText(`/proc/${one}/environ`)]);
  return (await Promise.all(texts)).join('\n');
}

/** Empty for a process that has ended meanwhile, or is somebody else's. */
const readText = (file: string): Promise<string> => readFile(file, 'latin1').catch(() => '');
