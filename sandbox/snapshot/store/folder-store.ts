// Keeps snapshots in a folder that engines share, or that outlives their sandboxes.
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, rm, rmdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { NoSuchObject, type ObjectStore } from './object-store.ts';

/** Beside those that are whole; one of an engine that died meanwhile goes with its session. */
const unfinishedMark = '.unfinished-';

export class FolderStore implements ObjectStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A link, unlike a rename, doesn't replace what has the name. */
  async put(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const whole = path.join(this.#folder, name);
    await this.#checkFolder();
    await mkdir(path.dirname(whole), { mode: 0o700 }).catch((error) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    const unfinished = `${whole}${unfinishedMark}${randomBytes(6).toString('hex')}`;
    const file = await open(unfinished, 'wx', 0o600);
    try {
      for await (const part of content) await file.writeFile(part);
      await file.sync();
      await link(unfinished, whole);
    } finally {
      await file.close();
      await unlink(unfinished);
    }
  }

  async get(name: string): Promise<Readable> {
    const stream = createReadStream(path.join(this.#folder, name));
    await new Promise<void>((resolve, reject) => {
      stream.once('open', () => resolve());
      stream.once('error', (error) => reject(isMissing(error) ? new NoSuchObject(name) : error));
    });
    return stream;
  }

  async list(folder: string): Promise<string[]> {
    const names = await this.#listAll(folder);
    return names.filter((name) => !name.includes(unfinishedMark));
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await rm(path.join(this.#folder, name), { force: true });
  }

  async removeAll(folder: string): Promise<void> {
    for (const name of await this.#listAll(folder)) await rm(path.join(this.#folder, folder, name), { force: true });
    await rmdir(path.join(this.#folder, folder)).catch(() => undefined); // It is not there, or somebody has just written there.
  }

  close(): void {}

  /** A share that isn't mounted is no empty one. */
  async #checkFolder(): Promise<void> {
    const isThere = await stat(this.#folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isThere) throw new Error('The folder of WORKSPACE_STORE is not there.');
  }

  async #listAll(folder: string): Promise<string[]> {
    await this.#checkFolder();
    return readdir(path.join(this.#folder, folder)).catch((error) => {
      if (isMissing(error)) return [];
      throw error;
    });
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';
