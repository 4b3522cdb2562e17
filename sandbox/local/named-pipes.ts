// Makes named pipes for a session's commands in a folder of theirs, and opens them without following what they put there.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { close, constants, fstat, open } from 'node:fs';
import { lchown } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';

const run = promisify(execFile);
const openFile = promisify(open);
const statFile = promisify(fstat);
const closeFile = promisify(close);

/**
 * Makes several at once, since making them costs a process.
 * @param account who may use them; undefined for the engine's own
 * @returns their names; undefined where none can be made
 */
export async function makeNamedPipes(
  folder: string,
  account: Account | undefined,
  count: number,
): Promise<string[] | undefined> {
  const names = Array.from({ length: count }, () => `pipe-${randomBytes(12).toString('hex')}`);
  const files = names.map((name) => path.join(folder, name));
  const isMade = await run('mkfifo', ['-m', '600', ...files]).then(
    () => true,
    () => false,
  );
  if (!isMade) return undefined;
  // `lchown` follows no link, which a command may have put in the pipe's place.
  if (account !== undefined) await Promise.all(files.map((file) => lchown(file, account, account)));
  return names;
}

/**
 * Opens a pipe without waiting for, or following, what a command may have put in its place.
 * @param access `write` opens it for reading too, so that it can be opened before anybody reads it
 * @returns a descriptor that the caller closes
 */
export async function openNamedPipe(file: string, access: 'read' | 'write'): Promise<number | undefined> {
  const { O_RDONLY, O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants;
  const mode = access === 'read' ? O_RDONLY : O_RDWR;
  const descriptor = await openFile(file, mode | O_NONBLOCK | O_NOFOLLOW).catch(() => undefined);
  if (descriptor === undefined || (await statFile(descriptor)).isFIFO()) return descriptor;
  await closeFile(descriptor);
  return undefined;
}
