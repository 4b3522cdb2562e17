// Files of this machine that go with a task or a message, read once it is known that the engine takes that much.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { limits } from '../../../schema/limits.ts';
import { findFilesProblem } from '../../client/index.ts';
import { UsageError } from '../exit-codes.ts';

const types: Record<string, string> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};

/** @throws UsageError for what can't be read, and for more than goes with a message */
export async function readFiles(names: readonly string[] = []): Promise<File[]> {
  const files: File[] = [];
  for (const name of names) {
    const bytes = await readBytes(name, limits.attachmentsBytesMax);
    files.push(new File([bytes], path.basename(name), { type: types[path.extname(name).toLowerCase()] ?? '' }));
    const problem = findFilesProblem(files);
    if (problem) throw new UsageError(problem.message);
  }
  return files;
}

/** @throws UsageError where it isn't a file, can't be read, or holds more bytes */
export async function readBytes(file: string, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const known = await stat(file).catch(refuse(file));
  if (!known.isFile()) throw new UsageError(`${file} is not a file.`);
  if (known.size > bytesMax) throw new UsageError(`${file} holds ${known.size} bytes, and may hold ${bytesMax}.`);
  return new Uint8Array(await readFile(file).catch(refuse(file)));
}

const refuse = (file: string) => (error: Error) => {
  throw new UsageError(`${file} can’t be read: ${error.message}`);
};
