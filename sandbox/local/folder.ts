// The folder of a session on this machine, and its files opened so that no link or race leads outside of it.
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readlink } from 'node:fs/promises';
import path from 'node:path/posix';
import { type ErrorCode, failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileContent, FilePart } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import { contentOfBytes } from '../file-content.ts';
import { hiddenFolders } from '../path.ts';
import { workspace } from '../sandbox.ts';
import type { Entry } from '../tree.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;

/** What an open file is called by the kernel: the one name of it that can't be swapped for another's. */
const descriptorPath = (handle: FileHandle) => `/proc/self/fd/${handle.fd}`;

export class SessionFolder {
  readonly #root: string;

  /** @param root absolute, with its own links resolved */
  constructor(root: string) {
    this.#root = root;
  }

  /** @param inside a path under `/workspace`, as `insideWorkspace` gives it */
  async read(inside: string, part: FilePart): Promise<Outcome<FileContent>> {
    return this.#withFile(inside, O_RDONLY, async (handle, size) => {
      if (part.length === undefined && size > limits.fileBytesMax)
        return failed('fileTooLarge', `The file holds ${size} bytes; read it in parts.`);
      const length = Math.min(part.length ?? size, limits.fileBytesMax);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, part.offset ?? 0);
      return succeeded(contentOfBytes(buffer.subarray(0, bytesRead), size));
    });
  }

  async write(inside: string, content: string): Promise<Outcome<{ path: string }>> {
    const made = await this.#makeFolders(path.dirname(inside));
    if (!made.ok) return made;
    return this.#withFile(inside, O_WRONLY | O_CREAT, async (handle) => {
      await handle.truncate(0);
      await handle.writeFile(content);
      return succeeded({ path: inside });
    });
  }

  /** Breadth first, so that what is cut off is deep rather than early. One more than is shown says that there is more. */
  async entries(): Promise<Entry[]> {
    const found: Entry[] = [];
    const folders: string[] = [workspace];
    for (let folder = folders.shift(); folder && found.length <= limits.treeEntriesMax; folder = folders.shift()) {
      for (const child of await this.#childrenOf(folder)) {
        const entry = { path: `${folder}/${child.name}`, isFolder: child.isDirectory() };
        found.push(entry);
        if (entry.isFolder) folders.push(entry.path);
      }
    }
    return found;
  }

  async #childrenOf(folder: string) {
    const handle = await this.#openFolder(folder);
    if (!handle) return [];
    try {
      const children = await readdir(descriptorPath(handle), { withFileTypes: true });
      return children.filter((child) => !hiddenFolders.has(child.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      return []; // Gone or unreadable while we look: it isn't part of the tree.
    } finally {
      await handle.close();
    }
  }

  /** Never waits for a FIFO, and asks the kernel where the open file really is. */
  async #withFile<T>(
    inside: string,
    flags: number,
    act: (handle: FileHandle, size: number) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(this.#hostPathOf(inside), flags | O_NOFOLLOW | O_NONBLOCK, 0o644);
      if (!(await this.#isInside(handle))) return failed('badPath', `The path must stay inside ${workspace}.`);
      const status = await handle.stat();
      if (!status.isFile()) return failed('notAFile', 'The path is not a regular file.');
      return await act(handle, status.size);
    } catch (error) {
      return failureOf(error);
    } finally {
      await handle?.close();
    }
  }

  async #makeFolders(inside: string): Promise<Outcome<void>> {
    let at: string = workspace;
    for (const name of inside
      .slice(workspace.length + 1)
      .split('/')
      .filter(Boolean)) {
      const parent = await this.#openFolder(at);
      if (!parent) return failed('badPath', 'The path leads through something that is not a folder of the workspace.');
      try {
        await mkdir(`${descriptorPath(parent)}/${name}`);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') return failureOf(error);
      } finally {
        await parent.close();
      }
      at = `${at}/${name}`;
    }
    return succeeded(undefined);
  }

  /** @returns the open folder, or undefined where there is none inside of the workspace */
  async #openFolder(inside: string): Promise<FileHandle | undefined> {
    const handle = await open(this.#hostPathOf(inside), O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch(() => undefined);
    if (!handle || (await this.#isInside(handle))) return handle;
    await handle.close();
    return undefined;
  }

  async #isInside(handle: FileHandle): Promise<boolean> {
    const real = await readlink(descriptorPath(handle));
    return real === this.#root || real.startsWith(`${this.#root}/`);
  }

  #hostPathOf(inside: string): string {
    return this.#root + inside.slice(workspace.length);
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

const codes: Record<string, [ErrorCode, string]> = {
  ENOENT: ['noSuchFile', 'There is no file at that path.'],
  ENOTDIR: ['noSuchFile', 'There is no file at that path.'],
  ELOOP: ['badPath', 'The path is a link.'],
  EACCES: ['badPath', "The path can't be opened."],
  EPERM: ['badPath', "The path can't be opened."],
  ENAMETOOLONG: ['badPath', 'The path is too long.'],
  EISDIR: ['notAFile', 'The path is not a regular file.'],
  ENXIO: ['notAFile', 'The path is not a regular file.'],
  ENODEV: ['notAFile', 'The path is not a regular file.'],
};

function failureOf(error: unknown) {
  const known = codes[codeOf(error)];
  return known ? failed(...known) : failed('sandboxFailed', `The workspace failed: ${codeOf(error) || String(error)}.`);
}
