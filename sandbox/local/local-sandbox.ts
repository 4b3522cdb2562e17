// A sandbox in a folder of this machine: bash as a child process, confined where bubblewrap is usable.
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { FileDiff } from '../../schema/change.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileBytes, FileContent, FilePart, Patch, Tree, WorkspaceEntry } from '../../schema/file.ts';
import type { SandboxUsage } from '../../schema/resources.ts';
import { BackgroundCommands } from '../background/background-commands.ts';
import type { ChangesBase, FoundChanges } from '../changes/changes-base.ts';
import { GitChanges } from '../changes/git-changes.ts';
import {
  type ProcessOptions,
  type RunOptions,
  type RunResult,
  type Sandbox,
  type SandboxProcess,
  workspace,
} from '../sandbox.ts';
import { CommandQueue } from '../scheduling/command-queue.ts';
import { RecentReading } from '../scheduling/recent-reading.ts';
import { type Capture, captureOutput } from '../shell/capture.ts';
import { type KillTarget, OpenShell } from '../shell/open-shell.ts';
import { programLine } from '../shell/program-line.ts';
import { runResultOf } from '../shell/run-result.ts';
import { markVariable } from '../shell/shell-lines.ts';
import { GitSnapshots } from '../snapshot/git-snapshots.ts';
import { listAllFiles } from '../workspace/all-files.ts';
import { bytesOfEscaped } from '../workspace/escaped-text.ts';
import { buildTree } from '../workspace/file-tree.ts';
import { resolveInWorkspace } from '../workspace/workspace-path.ts';
import { environmentOf } from './command-environment.ts';
import type { CommandPaths, Confinement } from './confinement.ts';
import { measureFolder } from './folder-size.ts';
import type { LocalFolders } from './local-folders.ts';
import { measureProcesses } from './process-usage.ts';
import { findShellFolder, killInnermost, killMarked, killTree } from './processes.ts';
import { runSeparateProcess, speakFromBegin, speakWithProcess } from './separate-process.ts';
import { SessionFolder } from './session-folder.ts';
import { keeperProgram, ShellKeeper } from './shell-keeper.ts';
import { type StartedProcess, startCommand, startsMax } from './started-process.ts';

/** How old the size of the workspace may be, since all of its files are counted. */
const diskAgeMsMax = 15_000;
const cancelled: RunResult = { kind: 'cancelled', output: '' };
const closed = failed('sandboxFailed', 'The sandbox is closed.');
const bash = ['bash', '--noprofile', '--norc'];

export type LocalSandboxDependencies = {
  folders: LocalFolders;
  confinement: Confinement;
  /** Removes folders that a session leaves behind; reports what stays, and tries it again. */
  remove(folders: readonly string[]): Promise<void>;
};

export class LocalSandbox implements Sandbox {
  readonly kind = 'local';
  readonly warning?: string;
  readonly #dependencies: LocalSandboxDependencies;
  readonly #paths: CommandPaths;
  readonly #folder: SessionFolder;
  readonly #queue = new CommandQueue();
  readonly #separateQueue = new CommandQueue();
  /** The queue of what people ask, who don't wait for the agent's commands, nor these for them. */
  readonly #capture = this.#captureBy(new CommandQueue());
  readonly #changes: GitChanges;
  readonly snapshots: GitSnapshots;
  readonly background: BackgroundCommands;
  readonly #separate = new Set<number>();
  readonly #diskBytes = new RecentReading(() => measureFolder(this.#dependencies.folders.root), diskAgeMsMax);
  /** The most processors' time that was seen: that of a process that is gone is seen no more. */
  #cpuMsMost = 0;
  #shell: OpenShell | undefined;
  #keeper: ShellKeeper | undefined;
  /** Ends a command and finds the folder that its shell was in; on a busy machine it lasts longer than its caller waits. */
  #killing: Promise<string | undefined> | undefined;
  /** Unknown until the first command: an earlier activation may have left the shell somewhere. */
  #workingFolder: string | undefined;
  #isClosed = false;

  constructor(dependencies: LocalSandboxDependencies) {
    const { folders, confinement } = dependencies;
    this.#dependencies = dependencies;
    this.#paths = confinement.commandPathsOf(folders);
    this.#folder = new SessionFolder({ host: folders.root, inner: this.#paths.root }, confinement.accountOf(folders));
    this.#changes = new GitChanges(this.#paths.root, this.#capture);
    this.snapshots = new GitSnapshots({
      root: this.#paths.root,
      capture: this.#captureBy(new CommandQueue()),
      write: (file, content) => this.write(file, content),
    });
    this.background = new BackgroundCommands({
      folder: path.join(this.#paths.home, '.lucid', 'commands'),
      runInShell: (command, options) => this.run(command, options),
      runBeside: (command, options) => this.#runSeparate(command, options),
    });
    if (!confinement.isConfined) this.warning = 'Commands run unconfined on the machine of the engine.';
  }

  get root(): string {
    return this.#paths.root;
  }

  run(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const [queue, work] = options.isSeparate
      ? [this.#separateQueue, () => this.#runSeparate(command, options)]
      : [this.#queue, () => this.#runInShell(command, options)];
    return queue.run(work, options.signal, cancelled);
  }

  async startProcess({ program, folder, environment, ...listeners }: ProcessOptions): Promise<Outcome<SandboxProcess>> {
    if (this.#isClosed) return closed;
    const start = async (heard: typeof listeners) => {
      const mark = randomBytes(8).toString('hex');
      const { child, hasNotBegun } = await this.#startProcess(programLine(program, folder), mark, environment);
      const { pid } = child;
      if (pid !== undefined) this.#separate.add(pid);
      const kill = () => this.#killSeparate(pid, mark);
      const spoken = speakWithProcess(child, heard, kill);
      void spoken.ended.then(kill).finally(() => pid !== undefined && this.#separate.delete(pid));
      return { spoken, hasNotBegun };
    };
    return succeeded(await speakFromBegin(start, listeners, () => this.#isClosed));
  }

  async read(given: string, part: FilePart = {}): Promise<Outcome<FileContent>> {
    const inside = resolveInWorkspace(given);
    return inside.ok ? this.#folder.read(inside.value, part) : inside;
  }

  async write(given: string, content: string | Uint8Array): Promise<Outcome<{ path: string }>> {
    const inside = resolveInWorkspace(given);
    return inside.ok ? this.#folder.write(inside.value, content) : inside;
  }

  async list(folder: string = workspace): Promise<Outcome<Tree>> {
    const inside = resolveInWorkspace(folder);
    if (!inside.ok) return inside;
    const entries = await this.#folder.listEntries(inside.value);
    return entries.ok ? succeeded(buildTree(entries.value, inside.value)) : entries;
  }

  listChanges(base: ChangesBase): Promise<Outcome<FoundChanges>> {
    return this.#changes.list(base);
  }

  async readDiff(given: string, base: ChangesBase): Promise<Outcome<FileDiff>> {
    const inside = resolveInWorkspace(given);
    return inside.ok ? this.#changes.readDiff(inside.value, base) : inside;
  }

  listAll(): Promise<Outcome<WorkspaceEntry[]>> {
    return listAllFiles(this.#paths.root, this.#capture);
  }

  readBytes(entryPath: string, offset: number): Promise<Outcome<FileBytes>> {
    return this.#folder.readBytes(bytesOfEscaped(entryPath), offset);
  }

  makePatch(base: ChangesBase): Promise<Outcome<Patch>> {
    return this.#changes.makePatch(base);
  }

  readPatch(patch: Patch, offset: number): Promise<Outcome<Uint8Array>> {
    return this.#changes.readPatch(patch, offset);
  }

  /** Nothing but the machine bounds memory and disk. What commands have used that have ended by a kill isn't counted. */
  async measureUsage(): Promise<Outcome<SandboxUsage>> {
    const shellPid = this.#keeper?.pid;
    const roots = new Set([...this.#separate, ...(shellPid === undefined ? [] : [shellPid])]);
    const [{ cpuMs, memoryBytes, processes }, diskBytes] = await Promise.all([
      measureProcesses(roots),
      this.#diskBytes.take(),
    ]);
    this.#cpuMsMost = Math.max(this.#cpuMsMost, cpuMs);
    return succeeded({
      cpuMs: this.#cpuMsMost,
      cpus: availableParallelism(),
      memoryBytes,
      memoryBytesMax: null,
      diskBytes,
      diskBytesMax: null,
      processes,
    });
  }

  /** The folder stays; the session's next activation finds it again. */
  async release(): Promise<void> {
    this.#isClosed = true;
    this.background.close();
    await this.#killKeeper();
    for (const pid of this.#separate) await killTree(pid);
    for (const mark of this.background.marks) await killMarked(`${markVariable}=${mark}`);
  }

  /** The shell ends, since no other owner can have this engine's processes. */
  async abandon(): Promise<void> {
    await this.release();
  }

  async close(): Promise<void> {
    await this.release();
    await this.#dependencies.remove([this.#dependencies.folders.root, this.#dependencies.folders.own]);
  }

  #captureBy(queue: CommandQueue): Capture {
    return (command, options) =>
      captureOutput((run) => queue.run(() => this.#runSeparate(command, run), run.signal, cancelled), options);
  }

  async #runInShell(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const shell = await this.#openShell();
    if (!shell) return failed('sandboxFailed', 'bash could not be started on this machine.');
    const run = await shell.run(command, options);
    this.#workingFolder = shell.workingFolder;
    return runResultOf(run, options.timeoutMs);
  }

  /** Runs a command in a process of its own, with the sandbox's own environment and pipes that no other process has. */
  async #runSeparate(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    for (let starts = 1; ; starts++) {
      if (this.#isClosed) return closed;
      const mark = randomBytes(8).toString('hex');
      const { child, hasNotBegun } = await this.#startProcess([...bash, '-c', command], mark);
      const pid = child.pid;
      if (pid !== undefined) this.#separate.add(pid);
      const result = await runSeparateProcess(child, options, () => this.#killSeparate(pid, mark));
      if (pid !== undefined) this.#separate.delete(pid);
      if (!hasNotBegun() || starts === startsMax) return result;
    }
  }

  async #killSeparate(pid: number | undefined, mark: string): Promise<void> {
    if (pid !== undefined) await killTree(pid);
    await killMarked(`${markVariable}=${mark}`);
  }

  async #openShell(): Promise<OpenShell | undefined> {
    if (this.#shell?.isUsable) return this.#shell;
    this.#workingFolder = (await this.#killing?.catch(() => undefined)) || this.#workingFolder; // It would end the next shell, too.
    this.#killing = undefined;
    const stateFile = path.join(this.#paths.state, 'environment');
    const kill = (target: KillTarget) => {
      this.#killing = this.#killCommand(target);
      return this.#killing;
    };
    for (let starts = 1; ; starts++) {
      if (this.#isClosed) return undefined;
      this.#shell?.close();
      const keeper = await this.#openKeeper();
      const pipe = await keeper.openShell();
      if (!pipe) return undefined;
      this.#shell = await OpenShell.open(pipe, kill, this.#workingFolder, stateFile);
      if (this.#shell || !keeper.hasNotBegun || starts === startsMax) return this.#shell;
    }
  }

  async #openKeeper(): Promise<ShellKeeper> {
    if (this.#keeper?.isUsable) return this.#keeper;
    const { folders, confinement } = this.#dependencies;
    const started = await this.#startProcess(keeperProgram(this.#paths.state), '');
    const account = confinement.accountOf(folders);
    this.#keeper = new ShellKeeper(started, { state: folders.state, innerState: this.#paths.state, account });
    return this.#keeper;
  }

  /** @param mark for the process; empty for a shell, whose commands are marked one by one */
  async #startProcess(
    program: string[],
    mark: string,
    own: Readonly<Record<string, string>> = {},
  ): Promise<StartedProcess> {
    const { folders, confinement } = this.#dependencies;
    const command = await confinement.buildCommand(folders, program);
    return startCommand(command, {
      cwd: folders.root,
      env: { ...environmentOf(this.#paths), ...command.env, ...own, ...(mark && { [markVariable]: mark }) },
    });
  }

  /**
   * Ends the shell with all that was started in it but what runs in the background. Bash is killed first, so that it prints
   * nothing about the ends of its commands.
   */
  async #killCommand({ mark, shellPid }: KillTarget): Promise<string | undefined> {
    const pid = this.#keeper?.pid;
    const folder = pid === undefined ? undefined : await findShellFolder(pid, shellPid);
    if (pid !== undefined && this.#keeper) {
      const markers = [...this.background.marks].map((each) => `${markVariable}=${each}`);
      await killInnermost(pid, shellPid, { numbers: new Set(['1', this.#keeper.number]), markers });
      this.#keeper.endShell();
    }
    await killMarked(`${markVariable}=${mark}`);
    this.#shell?.close();
    return folder;
  }

  async #killKeeper(): Promise<void> {
    const keeper = this.#keeper;
    this.#keeper = undefined;
    if (keeper?.isUsable && keeper.pid !== undefined) await killTree(keeper.pid);
    this.#shell?.close();
  }
}
