// Opens the files of a session's folder on this machine so that no link and no race leads outside of it.
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, lchown, mkdir, open, readdir, readlink } from 'node:fs/promises';
import path from 'node:path/posix';
import { type ErrorCode, failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileBytes, FileContent, FilePart } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import { workspace } from '../sandbox.ts';
import { encodeContent } from '../workspace/file-content.ts';
import type { TreeEntry } from '../workspace/file-tree.ts';
import { hiddenFolders } from '../workspace/workspace-path.ts';
import { descriptorFolder, descriptorPathOf, O_PATH } from './descriptor-path.ts';
import { resolveHostPath, type WorkspaceNames } from './host-path.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;

const outside = failed('badPath', `The path must stay inside ${workspace}.`);
const notAFile = failed('notAFile', 'The path is not a regular file.');

export class SessionFolder {
  readonly #root: string;
  readonly #names: WorkspaceNames;
  readonly #owner: number | undefined;

  /** @param owner the account that new files belong to; undefined for the engine's own */
  constructor(names: WorkspaceNames, owner?: number) {
    this.#root = names.host;
    this.#names = names;
    this.#owner = owner;
  }

  /** @param inside a path under `/workspace`, as `resolveInWorkspace` gives it */
  async read(inside: string, part: FilePart): Promise<Outcome<FileContent>> {
    return this.#openAt(await this.#resolvePath(inside), 0, async (found) => {
      const status = await found.stat();
      if (!status.isFile()) return notAFile;
      const { size } = status;
      if (part.length === undefined && size > limits.fileBytesMax)
        return failed('fileTooLarge', `The file holds ${size} bytes; read it in parts.`);
      const offset = Math.min(part.offset ?? 0, size);
      const bytes = await readBytes(found, offset, Math.min(part.length ?? size - offset, limits.fileBytesMax));
      return succeeded(encodeContent(bytes, size));
    });
  }

  /** @param below a path from the workspace on, of any bytes; a link at its end isn't followed */
  readBytes(below: Buffer, offset: number): Promise<Outcome<FileBytes>> {
    const hostPath = Buffer.concat([Buffer.from(`${this.#root}/`), below]);
    return this.#openAt(hostPath, O_NOFOLLOW, async (found) => {
      const status = await found.stat();
      if (!status.isFile()) return notAFile;
      const from = Math.min(offset, status.size);
      const bytes = await readBytes(found, from, Math.min(status.size - from, limits.fileBytesMax));
      return succeeded({ bytes, size: status.size });
    });
  }

  async write(inside: string, content: string | Uint8Array): Promise<Outcome<{ path: string }>> {
    const replaced = await this.#openAt(await this.#resolvePath(inside), 0, async (found) => {
      if (!(await found.stat()).isFile()) return notAFile;
      await overwriteFile(found, content);
      return succeeded({ path: inside });
    });
    if (replaced.ok || replaced.failure.code !== 'noSuchFile') return replaced;
    return this.#openFolder(await this.#resolvePath(path.dirname(inside)), async (folder) => {
      await createFile(`${descriptorPathOf(folder)}/${path.basename(inside)}`, content, this.#owner);
      return succeeded({ path: inside });
    });
  }

  /** Lists breadth first, so that deep entries are cut off. One entry more than is shown tells that there are more. */
  async listEntries(top: string): Promise<Outcome<TreeEntry[]>> {
    const hostTop = await this.#resolvePath(top);
    const found: TreeEntry[] = [];
    const folders: string[] = [top];
    for (let folder = folders.shift(); folder && found.length <= limits.treeEntriesMax; folder = folders.shift()) {
      const children = await this.#listChildren(hostTop + folder.slice(top.length), folder === top);
      if (!children.ok && folder === top) return children;
      // A folder that has gone meanwhile or can't be read isn't part of the tree.
      for (const child of children.ok ? children.value : []) {
        const entry = { path: `${folder}/${child.name}`, isFolder: child.isDirectory() };
        found.push(entry);
        if (entry.isFolder) folders.push(entry.path);
      }
    }
    return succeeded(found);
  }

  /** @param followsLink whether the path may be a link to a folder */
  async #listChildren(hostPath: string, followsLink: boolean): Promise<Outcome<Dirent[]>> {
    const flags = followsLink ? O_DIRECTORY : O_DIRECTORY | O_NOFOLLOW;
    const children = await this.#openAt(hostPath, flags, async (found) =>
      succeeded(await readdir(descriptorPathOf(found), { withFileTypes: true })),
    );
    if (!children.ok) return children;
    const shown = children.value.filter(({ name }) => !hiddenFolders.has(name));
    return succeeded(shown.sort((a, b) => (a.name < b.name ? -1 : 1)));
  }

  /** Opens a folder, and makes those on the way that are missing. */
  async #openFolder<T>(hostPath: string, act: (folder: FileHandle) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const names = hostPath
      .slice(this.#root.length + 1)
      .split('/')
      .filter(Boolean);
    const descend = async (folder: FileHandle, [name, ...deeper]: string[]): Promise<Outcome<T>> => {
      if (name === undefined) return act(folder);
      const at = `${descriptorPathOf(folder)}/${name}`;
      await this.#makeFolder(at);
      return this.#openAt(at, O_DIRECTORY, (next) => descend(next, deeper));
    };
    const done = await this.#openAt(this.#root, O_DIRECTORY, (root) => descend(root, names));
    const isBlocked = !done.ok && done.failure.code === 'noSuchFile';
    return isBlocked ? failed('notAFile', 'A file stands where a folder is needed.') : done;
  }

  async #makeFolder(at: string): Promise<void> {
    const isNew = await mkdir(at).then(
      () => true,
      (error) => {
        if (codeOf(error) !== 'EEXIST') throw error;
        return false;
      },
    );
    if (isNew && this.#owner !== undefined) await lchown(at, this.#owner, this.#owner);
  }

  /** Acts on what is at a path of this machine, by its descriptor, if that really is inside of the workspace. */
  async #openAt<T>(
    hostPath: string | Buffer,
    flags: number,
    act: (found: FileHandle) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    let found: FileHandle | undefined;
    try {
      found = await open(hostPath, O_PATH | flags);
      return (await this.#isInside(found)) ? await act(found) : outside;
    } catch (error) {
      const isMissing = codeOf(error) === 'ENOENT' && found === undefined;
      return isMissing && (await this.#leadsOutside(path.dirname(String(hostPath)))) ? outside : failureOf(error);
    } finally {
      await found?.close();
    }
  }

  /** Whether the innermost folder of a path that exists lies outside. */
  async #leadsOutside(hostPath: string): Promise<boolean> {
    if (hostPath === this.#root || hostPath.startsWith(descriptorFolder)) return false;
    const found = await this.#openAt(hostPath, 0, async () => succeeded(undefined));
    return !found.ok && found.failure === outside.failure;
  }

  async #isInside(found: FileHandle): Promise<boolean> {
    const real = await readlink(descriptorPathOf(found));
    return real === this.#root || real.startsWith(`${this.#root}/`);
  }

  /** Links need no translation where commands know the workspace by its path on this machine. */
  async #resolvePath(inside: string): Promise<string> {
    const below = inside.slice(workspace.length);
    return this.#names.inner === this.#root
      ? this.#root + below
      : resolveHostPath(this.#names.inner + below, this.#names);
  }
}

async function readBytes(found: FileHandle, offset: number, length: number): Promise<Buffer> {
  const file = await open(descriptorPathOf(found), O_RDONLY | O_NONBLOCK);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function overwriteFile(found: FileHandle, content: string | Uint8Array): Promise<void> {
  const file = await open(descriptorPathOf(found), O_WRONLY | O_NONBLOCK);
  try {
    await file.truncate(0);
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

/** Doesn't follow a link that leads nowhere, since it may name a path outside. */
async function createFile(at: string, content: string | Uint8Array, owner: number | undefined): Promise<void> {
  const file = await open(at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    if (owner !== undefined) await file.chown(owner, owner);
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

const codes: Record<string, [ErrorCode, string]> = {
  ENOENT: ['noSuchFile', 'There is no file at that path.'],
  ENOTDIR: ['noSuchFile', 'There is no file at that path.'],
  ELOOP: ['badPath', 'The path goes through too many links.'],
  EEXIST: ['badPath', 'The path is a link that leads nowhere.'],
  EACCES: ['badPath', "The path can't be opened."],
  EPERM: ['badPath', "The path can't be opened."],
  ENAMETOOLONG: ['badPath', 'The path or a name in it is too long.'],
  EISDIR: ['notAFile', 'The path is not a regular file.'],
  ENXIO: ['notAFile', 'The path is not a regular file.'],
  ENODEV: ['notAFile', 'The path is not a regular file.'],
};

function failureOf(error: unknown) {
  const known = codes[codeOf(error)];
  return known ? failed(...known) : failed('sandboxFailed', `The workspace failed: ${codeOf(error) || String(error)}.`);
}
