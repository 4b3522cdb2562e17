// A sandbox in a folder of this machine: bash as a child process, confined where bubblewrap is there.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileContent, FilePart, Tree } from '../../schema/file.ts';
import { InTurn } from '../in-turn.ts';
import { insideWorkspace } from '../path.ts';
import { runResultOf } from '../run-result.ts';
import type { RunOptions, RunResult, Sandbox, SandboxUsage } from '../sandbox.ts';
import { markVariable, OpenShell, type Pipe, type Victims } from '../shell.ts';
import { treeOf } from '../tree.ts';
import type { Confinement } from './confinement.ts';
import { SessionFolder } from './folder.ts';
import { endMarked, endTree, folderOfShell } from './processes.ts';

const bash = ['bash', '--noprofile', '--norc'];

export type LocalFolders = { root: string; shellFolder: string };

export class LocalSandbox implements Sandbox {
  readonly kind = 'local';
  readonly warning?: string;
  readonly #root: string;
  readonly #shellFolder: string;
  readonly #confinement: Confinement;
  readonly #folder: SessionFolder;
  readonly #turns = new InTurn();
  #shell: OpenShell | undefined;
  #process: ChildProcessWithoutNullStreams | undefined;
  /** Unknown until the first command: an earlier activation may have left the shell somewhere. */
  #workingFolder: string | undefined;
  #isClosed = false;

  /**
   * Both folders exist; their paths are absolute, with links resolved.
   * @param root the workspace
   * @param shellFolder beside it: where bash leaves its environment for the next one
   */
  constructor({ root, shellFolder }: LocalFolders, confinement: Confinement) {
    this.#root = root;
    this.#shellFolder = shellFolder;
    this.#confinement = confinement;
    this.#folder = new SessionFolder(root);
    if (!confinement.isConfined) this.warning = 'Commands run unconfined on the machine of the engine.';
  }

  get root(): string {
    return this.#root;
  }

  run(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    return this.#turns.run(() => this.#runNow(command, options), options.signal, { kind: 'cancelled', output: '' });
  }

  async read(given: string, part: FilePart = {}): Promise<Outcome<FileContent>> {
    const inside = insideWorkspace(given);
    return inside.ok ? this.#folder.read(inside.value, part) : inside;
  }

  async write(given: string, content: string): Promise<Outcome<{ path: string }>> {
    const inside = insideWorkspace(given);
    return inside.ok ? this.#folder.write(inside.value, content) : inside;
  }

  async list(): Promise<Outcome<Tree>> {
    return succeeded(treeOf(await this.#folder.entries()));
  }

  /** Of bash itself; what its commands use belongs to the machine. */
  async usage(): Promise<Outcome<SandboxUsage>> {
    return succeeded({ memoryBytes: 0, cpuMs: 0, processes: this.#process?.exitCode === null ? 1 : 0 });
  }

  /** The folder stays; the session's next activation finds it again. */
  async release(): Promise<void> {
    this.#isClosed = true;
    await this.#endShell();
  }

  /** No other owner can have this engine's own processes: they end. */
  async abandon(): Promise<void> {
    await this.release();
  }

  async close(): Promise<void> {
    await this.release();
    for (const folder of [this.#root, this.#shellFolder])
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async #runNow(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const shell = await this.#openShell();
    if (!shell) return failed('sandboxFailed', 'bash could not be started on this machine.');
    const run = await shell.run(command, options);
    this.#workingFolder = shell.workingFolder;
    return runResultOf(run, options.timeoutMs);
  }

  async #openShell(): Promise<OpenShell | undefined> {
    if (this.#shell?.isUsable) return this.#shell;
    if (this.#isClosed) return undefined;
    await this.#endShell();
    const { command, args } = await this.#confinement.start([this.#root, this.#shellFolder], bash);
    const child = spawn(command, args, { cwd: this.#root, env: environmentOf(this.#root), detached: true });
    this.#process = child;
    const memory = path.join(this.#shellFolder, 'environment');
    this.#shell = await OpenShell.open(pipeOf(child), (victims) => this.#kill(victims), this.#workingFolder, memory);
    return this.#shell;
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

/** Nothing of the engine's own environment: it holds the keys. */
const environmentOf = (root: string) => ({
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: root,
  LANG: 'C.UTF-8',
  TERM: 'dumb',
  PAGER: 'cat',
  GIT_TERMINAL_PROMPT: '0',
});

function pipeOf(child: ChildProcessWithoutNullStreams): Pipe {
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null)).once('close', (code, signal) => resolve(signal ? 137 : code));
  });
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined); // `ended` says so.
  return {
    write: (text) => void child.stdin.write(text),
    onOutput: (hear) => {
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
    },
    ended,
    destroy: () => {
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
    },
  };
}
