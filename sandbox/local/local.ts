// A sandbox in a folder of this machine: bash as a child process, confined where bubblewrap is there.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
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
import { endMarked, endTree } from './processes.ts';

const bash = ['bash', '--noprofile', '--norc'];

export class LocalSandbox implements Sandbox {
  readonly kind = 'local';
  readonly warning?: string;
  readonly #root: string;
  readonly #confinement: Confinement;
  readonly #folder: SessionFolder;
  readonly #turns = new InTurn();
  #shell: OpenShell | undefined;
  #process: ChildProcessWithoutNullStreams | undefined;
  #workingFolder: string;
  #isClosed = false;

  /** @param root an absolute path with its links resolved; it exists */
  constructor(root: string, confinement: Confinement) {
    this.#root = root;
    this.#confinement = confinement;
    this.#folder = new SessionFolder(root);
    this.#workingFolder = root;
    if (!confinement.isConfined) this.warning = 'Commands run unconfined on the machine of the engine.';
  }

  run(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    return this.#turns.run(() => this.#runNow(command, options), options.signal, { kind: 'cancelled', output: '' });
  }

  async read(given: string, part: FilePart = {}): Promise<Outcome<FileContent>> {
    const path = insideWorkspace(given);
    return path.ok ? this.#folder.read(path.value, part) : path;
  }

  async write(given: string, content: string): Promise<Outcome<{ path: string }>> {
    const path = insideWorkspace(given);
    return path.ok ? this.#folder.write(path.value, content) : path;
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

  async close(): Promise<void> {
    await this.release();
    await rm(this.#root, { recursive: true, force: true, maxRetries: 3 });
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
    const { command, args } = await this.#confinement.start(this.#root, bash);
    const child = spawn(command, args, { cwd: this.#root, env: environmentOf(this.#root), detached: true });
    this.#process = child;
    this.#shell = await OpenShell.open(pipeOf(child), (victims) => this.#kill(victims), this.#workingFolder);
    return this.#shell;
  }

  async #kill({ mark, shellPid }: Victims): Promise<void> {
    await endMarked(`${markVariable}=${mark}`);
    if (shellPid > 0) await this.#endShell();
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
