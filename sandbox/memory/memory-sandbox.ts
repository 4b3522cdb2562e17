// The in-memory sandbox of mock mode: a small file system and a shell of a few commands, no process and no container.
import path from 'node:path/posix';
import type { FileDiff } from '../../schema/change.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileBytes, FileContent, FilePart, Patch, Tree, WorkspaceEntry } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import type { SandboxUsage } from '../../schema/resources.ts';
import type { ChangesBase, FoundChanges } from '../changes/changes-base.ts';
import { diffOfNewFile, listNewFiles, type NewFile, patchOfNewFiles } from '../changes/new-files.ts';
import { type RunOptions, type RunResult, type Sandbox, type SandboxProcess, workspace } from '../sandbox.ts';
import type { OpenedSandbox, SandboxSource } from '../sandbox-source.ts';
import { bytesOfEscaped, escapedTextOf } from '../workspace/escaped-text.ts';
import { encodeContent } from '../workspace/file-content.ts';
import { buildTree } from '../workspace/file-tree.ts';
import { resolveInWorkspace } from '../workspace/workspace-path.ts';
import { type MemoryFiles, type MemoryNode, runInMemory } from './memory-shell.ts';

/** Files and folders of one in-memory sandbox, and their bytes together. */
export const memoryFilesMax = 1_000;
export const memoryBytesMax = 8 * 1024 * 1024;

/** Gives every activation a fresh sandbox; what a session did before is rebuilt from its recorded calls. */
export class MemorySource implements SandboxSource {
  async open(): Promise<Outcome<OpenedSandbox>> {
    return succeeded({ sandbox: new MemorySandbox(), isFresh: true });
  }

  async remove(): Promise<void> {}

  async close(): Promise<void> {}
}

const linkHopsMax = 8;

export class MemorySandbox implements Sandbox, MemoryFiles {
  readonly kind = 'memory';
  readonly root: string = workspace;
  /** The folder that commands run in; `cd` changes it. */
  workingFolder: string = workspace;
  readonly #nodes = new Map<string, MemoryNode>();
  #bytes = 0;

  async run(command: string, { signal }: RunOptions): Promise<Outcome<RunResult>> {
    if (signal.aborted) return succeeded({ kind: 'cancelled', output: '' });
    const { output, exitCode } = runInMemory(this, command);
    return succeeded({ kind: 'exited', output: output.slice(0, limits.observationCharsMax), exitCode });
  }

  async startProcess(): Promise<Outcome<SandboxProcess>> {
    return failed('sandboxFailed', 'A workspace in memory runs no programs.');
  }

  async read(given: string, part: FilePart = {}): Promise<Outcome<FileContent>> {
    const inside = resolveInWorkspace(given);
    const content = inside.ok ? this.readText(inside.value) : inside;
    if (!content.ok) return content;
    const bytes = bytesOfEscaped(content.value);
    if (part.length === undefined && bytes.length > limits.fileBytesMax)
      return failed('fileTooLarge', `The file holds ${bytes.length} bytes; read it in parts.`);
    const { offset = 0, length = bytes.length } = part;
    const end = offset + Math.min(length, limits.fileBytesMax);
    return succeeded(encodeContent(bytes.subarray(offset, end), bytes.length));
  }

  async write(given: string, content: string | Uint8Array): Promise<Outcome<{ path: string }>> {
    const inside = resolveInWorkspace(given);
    const text = typeof content === 'string' ? content.toWellFormed() : escapedTextOf(Buffer.from(content));
    return inside.ok ? this.putNode(inside.value, { kind: 'file', content: text }) : inside;
  }

  async list(folder: string = workspace): Promise<Outcome<Tree>> {
    const inside = resolveInWorkspace(folder);
    if (!inside.ok) return inside;
    const found = this.findNode(inside.value);
    if (!found.ok) return found;
    const { path: real, node } = found.value;
    if (node.kind !== 'folder') return failed('noSuchFile', 'There is no folder at that path.');
    const named = [...this.listEntries()].flatMap((entry) =>
      entry.path.startsWith(`${real}/`) ? { ...entry, path: inside.value + entry.path.slice(real.length) } : [],
    );
    return succeeded(buildTree(named, inside.value));
  }

  /** There is no git here, and so no base but the empty folder. */
  async listChanges(_: ChangesBase): Promise<Outcome<FoundChanges>> {
    return succeeded(listNewFiles(this.#listFiles()));
  }

  async readDiff(given: string, _: ChangesBase): Promise<Outcome<FileDiff>> {
    const inside = resolveInWorkspace(given);
    return inside.ok ? diffOfNewFile(this.#listFiles(), inside.value) : inside;
  }

  async listAll(): Promise<Outcome<WorkspaceEntry[]>> {
    const entries = [...this.#nodes].map(([at, node]) => entryOf(at.slice(workspace.length + 1), node));
    return succeeded(entries.filter(({ path: at }) => !at.split('/').includes('.git')).sort(byPath));
  }

  async readBytes(entryPath: string, offset: number): Promise<Outcome<FileBytes>> {
    const node = this.#nodes.get(`${workspace}/${entryPath}`);
    if (node?.kind !== 'file') return failed('noSuchFile', 'There is no file at that path.');
    const bytes = bytesOfEscaped(node.content);
    return succeeded({ bytes: bytes.subarray(offset, offset + limits.fileBytesMax), size: bytes.length });
  }

  /** The patch is made anew for each part, since all that there is fits into memory. */
  async makePatch(_: ChangesBase): Promise<Outcome<Patch>> {
    return succeeded({ id: '', size: patchOfNewFiles(this.#listFiles()).length });
  }

  async readPatch(_: Patch, offset: number): Promise<Outcome<Uint8Array>> {
    return succeeded(patchOfNewFiles(this.#listFiles()).subarray(offset, offset + limits.fileBytesMax));
  }

  async measureUsage(): Promise<Outcome<SandboxUsage>> {
    return succeeded({
      cpuMs: null,
      cpus: null,
      memoryBytes: null,
      memoryBytesMax: null,
      diskBytes: this.#bytes,
      diskBytesMax: memoryBytesMax,
      processes: null,
    });
  }

  /** The sandbox exists in this object alone; the session's next activation rebuilds it from the recorded calls. */
  async release(): Promise<void> {
    await this.close();
  }

  /** The sandbox is emptied, since no other owner can have this object. */
  async abandon(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    this.#nodes.clear();
    this.#bytes = 0;
  }

  *listEntries(): Iterable<{ path: string; isFolder: boolean }> {
    for (const [at, node] of this.#nodes) yield { path: at, isFolder: node.kind === 'folder' };
  }

  /** Finds the node at a path, following links in all of it, never out of the workspace. */
  findNode(given: string): Outcome<{ path: string; node: MemoryNode }> {
    const resolved = this.#resolve(given);
    if (!resolved.ok) return resolved;
    const at = resolved.value;
    if (at === workspace) return succeeded({ path: at, node: { kind: 'folder' } });
    const node = this.#nodes.get(at);
    return node ? succeeded({ path: at, node }) : failed('noSuchFile', 'There is no file at that path.');
  }

  readText(given: string): Outcome<string> {
    const found = this.findNode(given);
    if (!found.ok) return found;
    const { node } = found.value;
    return node.kind === 'file' ? succeeded(node.content) : failed('notAFile', 'The path is a folder.');
  }

  putNode(given: string, node: MemoryNode): Outcome<{ path: string }> {
    const inside = this.#resolve(given);
    if (!inside.ok) return inside;
    const at = inside.value;
    const existing = this.#nodes.get(at);
    if (at === workspace || existing?.kind === 'folder')
      return node.kind === 'folder' ? succeeded({ path: at }) : failed('notAFile', 'The path is a folder.');
    if (existing && node.kind !== 'file') return failed('notAFile', 'There is a file at that path.');
    const folders = this.#findMissingFolders(at);
    if (!folders.ok) return folders;
    const bytes = this.#bytes + folders.value.length + sizeOfNode(node) - sizeOfNode(existing);
    const files = this.#nodes.size + folders.value.length + (existing ? 0 : 1);
    if (bytes > memoryBytesMax || files > memoryFilesMax)
      return failed('sandboxFailed', 'No space left in the in-memory sandbox.');
    for (const folder of folders.value) this.#nodes.set(folder, { kind: 'folder' });
    this.#nodes.set(at, node);
    this.#bytes = bytes;
    return succeeded({ path: at });
  }

  /** Removes what the path names, a link itself rather than what it leads to; links in its folders are followed. */
  remove(given: string): Outcome<{ path: string }> {
    const inside = resolveInWorkspace(given, this.workingFolder);
    if (!inside.ok || inside.value === workspace) return inside.ok ? this.#removeAt(workspace) : inside;
    const folder = this.#resolve(path.dirname(inside.value));
    return folder.ok ? this.#removeAt(path.join(folder.value, path.basename(inside.value))) : folder;
  }

  *#listFiles(): Iterable<NewFile> {
    for (const [path, node] of this.#nodes)
      if (node.kind !== 'folder') yield { path, content: node.kind === 'file' ? node.content : node.target };
  }

  #removeAt(at: string): Outcome<{ path: string }> {
    for (const [candidate, node] of this.#nodes) {
      if (candidate !== at && !candidate.startsWith(`${at}/`)) continue;
      this.#bytes -= sizeOfNode(node);
      this.#nodes.delete(candidate);
    }
    return succeeded({ path: at });
  }

  /** Lists the folders that a path needs and that are missing, the innermost first. */
  #findMissingFolders(at: string): Outcome<string[]> {
    const missing: string[] = [];
    for (let folder = path.dirname(at); folder !== workspace; folder = path.dirname(folder)) {
      const node = this.#nodes.get(folder);
      if (node?.kind === 'folder') break;
      if (node) return failed('notAFile', 'A part of the path is a file.');
      missing.push(folder);
    }
    return succeeded(missing);
  }

  /** Follows links in a path's folders and at its end, inside the workspace only. */
  #resolve(given: string): Outcome<string> {
    let target = resolveInWorkspace(given, this.workingFolder);
    for (let hops = 0; target.ok && hops < linkHopsMax; hops++) {
      const link = this.#replaceFirstLink(target.value);
      if (!link) return target;
      target = resolveInWorkspace(link, workspace);
    }
    return target.ok ? failed('badPath', 'The path goes through too many links.') : target;
  }

  /** @returns the path with its first link replaced by that link's target; undefined where it has no link */
  #replaceFirstLink(at: string): string | undefined {
    const names = at.slice(workspace.length + 1).split('/');
    for (let n = 1; n <= names.length; n++) {
      const prefix = `${workspace}/${names.slice(0, n).join('/')}`;
      const node = this.#nodes.get(prefix);
      if (node?.kind === 'link') return path.join(path.resolve(path.dirname(prefix), node.target), ...names.slice(n));
    }
    return undefined;
  }
}

const sizeOfNode = (node: MemoryNode | undefined) =>
  node === undefined ? 0 : node.kind === 'file' ? node.content.length : node.kind === 'link' ? node.target.length : 1;

const entryOf = (entryPath: string, node: MemoryNode): WorkspaceEntry => ({
  path: entryPath,
  kind: node.kind,
  size: node.kind === 'file' ? bytesOfEscaped(node.content).length : 0,
  mode: node.kind === 'file' ? 0o644 : 0o755,
  modifiedAtS: 0,
  ...(node.kind === 'link' && { target: node.target }),
});

/** Folders come before what is in them. */
const byPath = (a: WorkspaceEntry, b: WorkspaceEntry): number => (a.path < b.path ? -1 : 1);
