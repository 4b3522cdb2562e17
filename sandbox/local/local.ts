// A sandbox in a folder of this machine: bash as a child process, confined where bubblewrap is there.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import path from 'node:path';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileContent, FilePart, Tree } from '../../schema/file.ts';
import { InTurn } from '../in-turn.ts';
import { insideWorkspace } from '../path.ts';
import { runResultOf } from '../run-result.ts';
import { type RunOptions, type RunResult, type Sandbox, type SandboxUsage, workspace } from '../sandbox.ts';
import { markVariable, OpenShell, type Victims } from '../shell.ts';
import { treeOf } from '../tree.ts';
import { runApart } from './apart.ts';
import type { Confinement, Places } from './confinement.ts';
import { environmentOf } from './environment.ts';
import { SessionFolder } from './folder.ts';
import type { LocalFolders } from './folders.ts';
import { Lanes } from './lanes.ts';
import { pipeOf } from './pipe.ts';
import { endMarked, endTree, folderOfShell } from './processes.ts';

const bash = ['bash', '--noprofile', '--norc'];

export type LocalParts = {
  folders: LocalFolders;
  confinement: Confinement;
  /** Removes folders that a session leaves behind; what stays is told and tried again by whoever made the sandbox. */
  remove(folders: readonly string[]): Promise<void>;
};

export class LocalSandbox implements Sandbox {
  readonly kind = 'local';
  readonly warning?: string;
  readonly #parts: LocalParts;
  readonly #places: Places;
  readonly #folder: SessionFolder;
  readonly #turns = new InTurn();
  readonly #apartTurns = new InTurn();
  readonly #apart = new Set<number>();
  #shell: OpenShell | undefined;
  #process: ChildProcess | undefined;
  /** Unknown until the first command: an earlier activation may have left the shell somewhere. */
  #workingFolder: string | undefined;
  #isClosed = false;

  constructor(parts: LocalParts) {
    const { folders, confinement } = parts;
    this.#parts = parts;
    this.#places = confinement.places(folders);
    this.#folder = new SessionFolder({ host: folders.root, inner: this.#places.root }, confinement.account(folders));
    if (!confinement.isConfined) this.warning = 'Commands run unconfined on the machine of the engine.';
  }

  get root(): string {
    return this.#places.root;
  }

  run(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const [turns, work] = options.isApart
      ? [this.#apartTurns, () => this.#runApart(command, options)]
      : [this.#turns, () => this.#runNow(command, options)];
    return turns.run(work, options.signal, { kind: 'cancelled', output: '' });
  }

  async read(given: string, part: FilePart = {}): Promise<Outcome<FileContent>> {
    const inside = insideWorkspace(given);
    return inside.ok ? this.#folder.read(inside.value, part) : inside;
  }

  async write(given: string, content: string): Promise<Outcome<{ path: string }>> {
    const inside = insideWorkspace(given);
    return inside.ok ? this.#folder.write(inside.value, content) : inside;
  }

  async list(folder: string = workspace): Promise<Outcome<Tree>> {
    const inside = insideWorkspace(folder);
    if (!inside.ok) return inside;
    const entries = await this.#folder.entries(inside.value);
    return entries.ok ? succeeded(treeOf(entries.value, inside.value)) : entries;
  }

  /** Of bash itself; what its commands use belongs to the machine. */
  async usage(): Promise<Outcome<SandboxUsage>> {
    return succeeded({ memoryBytes: 0, cpuMs: 0, processes: this.#process?.exitCode === null ? 1 : 0 });
  }

  /** The folder stays; the session's next activation finds it again. */
  async release(): Promise<void> {
    this.#isClosed = true;
    await this.#endShell();
    for (const pid of this.#apart) await endTree(pid);
  }

  /** No other owner can have this engine's own processes: they end. */
  async abandon(): Promise<void> {
    await this.release();
  }

  async close(): Promise<void> {
    await this.release();
    await this.#parts.remove([this.#parts.folders.root, this.#parts.folders.own]);
  }

  async #runNow(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const shell = await this.#openShell();
    if (!shell) return failed('sandboxFailed', 'bash could not be started on this machine.');
    const run = await shell.run(command, options);
    this.#workingFolder = shell.workingFolder;
    return runResultOf(run, options.timeoutMs);
  }

  /** A process of its own with the sandbox's own environment, on pipes that nothing else has. */
  async #runApart(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    if (this.#isClosed) return failed('sandboxFailed', 'The sandbox is closed.');
    const mark = randomBytes(8).toString('hex');
    const child = await this.#start([...bash, '-c', command], mark);
    const pid = child.pid;
    if (pid !== undefined) this.#apart.add(pid);
    const result = await runApart(child, options, async () => {
      if (pid !== undefined) await endTree(pid);
      await endMarked(`${markVariable}=${mark}`);
    });
    if (pid !== undefined) this.#apart.delete(pid);
    return result;
  }

  async #openShell(): Promise<OpenShell | undefined> {
    if (this.#shell?.isUsable) return this.#shell;
    if (this.#isClosed) return undefined;
    await this.#endShell();
    const { folders, confinement } = this.#parts;
    const child = await this.#start(bash, '');
    this.#process = child;
    const lanes = new Lanes(folders.state, confinement.account(folders));
    const pipe = pipeOf(child, lanes, this.#places.state);
    const memory = path.join(this.#places.state, 'environment');
    this.#shell = await OpenShell.open(pipe, (victims) => this.#kill(victims), this.#workingFolder, memory);
    return this.#shell;
  }

  /** @param mark of what it starts; a shell's commands are marked one by one */
  async #start(program: string[], mark: string): Promise<ChildProcess> {
    const { folders, confinement } = this.#parts;
    const { command, args, env, descriptor } = await confinement.start(folders, program);
    try {
      return spawn(command, args, {
        cwd: folders.root,
        env: { ...environmentOf(this.#places), ...env, ...(mark && { [markVariable]: mark }) },
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor])],
      });
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  /** Bash first, so that it doesn't remark on the ends of its commands. */
  async #kill({ mark, shellPid }: Victims): Promise<string | undefined> {
    const pid = this.#process?.pid;
    const folder = pid === undefined ? undefined : await folderOfShell(pid, shellPid);
    await this.#endShell();
    await endMarked(`${markVariable}=${mark}`);
    return folder;
  }

  async #endShell(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) await endTree(child.pid);
    this.#shell?.close();
  }
}
