// Finds out by git, inside of a sandbox, what has changed in its workspace; what git says is not trusted.
import type { Change, FileDiff } from '../../schema/change.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { Patch } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import { workspace } from '../sandbox.ts';
import type { Capture, Captured } from '../shell/capture.ts';
import { shownTextOf } from '../workspace/escaped-text.ts';
import { hiddenFolders } from '../workspace/workspace-path.ts';
import type { ChangesBase, FoundChanges } from './changes-base.ts';
import { type FoundChange, parseGitOutput } from './git-output.ts';
import { makeGitPatch, readGitPatch, tooManyPatches } from './git-patch.ts';
import { type ComparedFolder, diffCommandOf, gitExitCodes, listCommandOf } from './git-script.ts';

/** A repository of a gigabyte takes some 5 s: git reads every file. */
const gitTimeoutMs = 20_000;

/** Each changed file takes two records of a hundred bytes and its path twice. */
const listBytesMax = 4 * 1024 * 1024;

/** Room for the records before a diff, which hold two paths twice. */
const recordsBytesMax = 4 * limits.pathCharsMax + 1_024;

const nothingThere = 'There is no repository to compare with any more, or its folder holds something else.';
const failures: Record<number, Outcome<never>> = {
  [gitExitCodes.noFolder]: failed('noBase', nothingThere),
  [gitExitCodes.noCommit]: failed('noBase', 'The commit that was cloned is not in the repository any more.'),
  [gitExitCodes.tooManyPatches]: tooManyPatches,
  [gitExitCodes.noGit]: failed('sandboxUnavailable', 'The sandbox has no git, which compares files.'),
};
const gitFailed = failed('sandboxFailed', 'Git failed in the sandbox.');
const unchanged = failed('noSuchFile', 'There is no change at that path.');

export class GitChanges {
  readonly #root: string;
  readonly #capture: Capture;

  /** @param root the workspace's path for commands */
  constructor(root: string, capture: Capture) {
    this.#root = root;
    this.#capture = capture;
  }

  async list(base: ChangesBase): Promise<Outcome<FoundChanges>> {
    const found = await this.#find(base);
    if (!found.ok) return found;
    const changes = found.value.changes.map((change) => shownChangeOf(change, base));
    return succeeded({ changes, isCut: found.value.isCut });
  }

  /** @param path as `resolveInWorkspace` gives it, or as the list of changes shows it */
  async readDiff(path: string, base: ChangesBase): Promise<Outcome<FileDiff>> {
    if (!path.startsWith(`${base.folder}/`)) return unchanged;
    const name = await this.#findName(path.slice(base.folder.length + 1), base);
    if (!name.ok) return name;
    const bytesMax = limits.diffBytesMax + recordsBytesMax;
    const output = await this.#run(diffCommandOf(this.#folderOf(base), name.value), bytesMax);
    if (!output.ok) return output;
    const { changes, rest } = parseGitOutput(output.value.bytes);
    const change = changes.find((each) => each.path === name.value);
    if (!change) return unchanged;
    const isCut = output.value.isCut || rest.length > limits.diffBytesMax;
    const diff = (isCut ? cutAtLine(rest.subarray(0, limits.diffBytesMax)) : rest).toString('utf8');
    return succeeded({ ...shownChangeOf(change, base), diff, ...(isCut && { truncated: true }) });
  }

  makePatch(base: ChangesBase): Promise<Outcome<Patch>> {
    return makeGitPatch(this.#folderOf(base), (command, bytesMax) => this.#run(command, bytesMax));
  }

  readPatch(patch: Patch, offset: number): Promise<Outcome<Uint8Array>> {
    return readGitPatch(patch, offset, this.#capture);
  }

  async #find(base: ChangesBase): Promise<Outcome<{ changes: FoundChange[]; isCut: boolean }>> {
    const output = await this.#run(listCommandOf(this.#folderOf(base)), listBytesMax);
    if (!output.ok) return output;
    const { changes } = parseGitOutput(output.value.bytes);
    const counted = changes.filter(({ isCounted }) => isCounted);
    const isCut = output.value.isCut || counted.length >= limits.changesMax;
    return succeeded({ changes: counted.slice(0, limits.changesMax), isCut });
  }

  /** Finds the bytes behind a name that is shown with U+FFFD in their place. */
  async #findName(shown: string, base: ChangesBase): Promise<Outcome<string>> {
    if (!shown.includes('\ufffd')) return succeeded(shown);
    const found = await this.#find(base);
    if (!found.ok) return found;
    return succeeded(found.value.changes.find(({ path }) => shownTextOf(path) === shown)?.path ?? shown);
  }

  async #run(command: string, bytesMax: number): Promise<Outcome<Captured>> {
    const output = await this.#capture(command, { timeoutMs: gitTimeoutMs, bytesMax });
    if (!output.ok || output.value.exitCode === 0) return output;
    return failures[output.value.exitCode] ?? gitFailed;
  }

  #folderOf({ folder, commit }: ChangesBase): ComparedFolder {
    const isRepository = folder !== workspace;
    return {
      folder: this.#root + folder.slice(workspace.length),
      isRepository,
      commit,
      newFilesMax: limits.changesMax,
      hiddenFolders: [...hiddenFolders],
    };
  }
}

const shownChangeOf = (
  { path, oldPath, kind, added, removed, isBinary }: FoundChange,
  { folder }: ChangesBase,
): Change => ({
  path: `${folder}/${shownTextOf(path)}`,
  kind,
  ...(oldPath !== undefined && { oldPath: `${folder}/${shownTextOf(oldPath)}` }),
  added,
  removed,
  ...(isBinary && { binary: true }),
});

const newline = 10;

/** Leaves out the line that was cut. */
const cutAtLine = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.lastIndexOf(newline) + 1);
