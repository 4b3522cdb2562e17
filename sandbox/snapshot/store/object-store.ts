// What is needed of the place where snapshots are kept: objects under names, written once.
import type { Readable } from 'node:stream';

/** Why an object isn't there to be read, apart from trouble. */
export class NoSuchObject extends Error {}

export interface ObjectStore {
  /** Stores a whole object or nothing. @throws where that fails, or the name is taken */
  put(name: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** @throws NoSuchObject */
  get(name: string): Promise<Readable>;
  /** Lists the names below a folder, without it, in any order. */
  list(folder: string): Promise<string[]>;
  /** Those that aren't there count as removed. */
  remove(names: readonly string[]): Promise<void>;
  /** Removes all below a folder, also what engines that died have left unfinished. */
  removeAll(folder: string): Promise<void>;
  close(): void;
}
