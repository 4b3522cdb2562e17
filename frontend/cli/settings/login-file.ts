// The file that keeps an engine's URL and a token, in the user's config folder, for nobody else to read.
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { UsageError } from '../exit-codes.ts';

export type Login = { url: string; token?: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** As the XDG Base Directory Specification has it: a relative XDG_CONFIG_HOME counts as none. */
export function loginFileOf({ XDG_CONFIG_HOME }: Environment): string {
  const base = XDG_CONFIG_HOME && path.isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : path.join(homedir(), '.config');
  return path.join(base, 'lucid', 'login.json');
}

/** @returns undefined where nobody has logged in @throws UsageError for a file that can't be used */
export function readLogin(file: string): Login | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`${file} can’t be read: ${(error as Error).message}`);
  }
  const login = parseLogin(text);
  if (!login) throw new UsageError(`${file} is damaged. Log in again with \`lucid login\`.`);
  return login;
}

function parseLogin(text: string): Login | undefined {
  try {
    const { url, token } = JSON.parse(text) as Record<string, unknown>;
    if (typeof url !== 'string' || !URL.canParse(url)) return undefined;
    return { url, ...(typeof token === 'string' && { token }) };
  } catch {
    return undefined; // Told as a damaged file.
  }
}

/** Whether others on this machine could read it. */
export const isReadableByOthers = (file: string): boolean => (statSync(file).mode & 0o077) !== 0;

/** Written whole beside it first, so that a cut leaves the file before. */
export function writeLogin(file: string, login: Login): void {
  const folder = path.dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const written = `${file}.${randomUUID()}`;
  try {
    writeFileSync(written, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(written, 0o600);
    renameSync(written, file);
  } finally {
    rmSync(written, { force: true });
  }
}
