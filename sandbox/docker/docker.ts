// A sandbox in a container of its own: one open shell for commands, one small program for files.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileContent, FilePart, Tree } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import { hiddenFolders, insideWorkspace } from '../path.ts';
import { type RunOptions, type RunResult, type Sandbox, type SandboxUsage, workspace } from '../sandbox.ts';
import { OpenShell, type ShellRun, type Victims } from '../shell.ts';
import { treeOf } from '../tree.ts';
import { Agent, agentCommand } from './agent.ts';
import { contentOf, entriesOf } from './answers.ts';
import type { OwnedContainer } from './container.ts';
import { openExec } from './exec.ts';

const shellCommand = ['bash', '--noprofile', '--norc'];
/** Bash's own environment says whose it is, so that it isn't taken for what a command left running. */
const shellEnvironment = ['LUCID_SHELL=1', 'TERM=dumb', 'PAGER=cat', 'GIT_PAGER=cat', 'GIT_TERMINAL_PROMPT=0'];

export class DockerSandbox implements Sandbox {
  readonly kind = 'docker';
  readonly #owned: OwnedContainer;
  #shell: OpenShell | undefined;
  #agent: Agent | undefined;
  #workingFolder: string = workspace;

  constructor(owned: OwnedContainer) {
    this.#owned = owned;
  }

  /** Opens the shell and the files program ahead of their first use. */
  async warmUp(): Promise<Outcome<void>> {
    const shell = await this.#openShell();
    return shell.ok ? succeeded(undefined) : shell;
  }

  async run(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    if (options.signal.aborted) return succeeded({ kind: 'cancelled', output: '' });
    const shell = await this.#openShell();
    if (!shell.ok) return shell;
    const run = await shell.value.run(command, options);
    this.#workingFolder = shell.value.workingFolder;
    return this.#resultOf(run, options.timeoutMs);
  }

  async read(given: string, part: FilePart = {}): Promise<Outcome<FileContent>> {
    const path = insideWorkspace(given);
    if (!path.ok) return path;
    const answer = await this.#ask({ op: 'read', path: path.value, max: limits.fileBytesMax, ...part });
    return answer.ok ? contentOf(answer.value) : answer;
  }

  async write(given: string, content: string): Promise<Outcome<{ path: string }>> {
    const path = insideWorkspace(given);
    if (!path.ok) return path;
    const answer = await this.#ask({ op: 'write', path: path.value, data: Buffer.from(content).toString('base64') });
    return answer.ok ? succeeded({ path: path.value }) : answer;
  }

  async list(): Promise<Outcome<Tree>> {
    const answer = await this.#ask({ op: 'list', hidden: [...hiddenFolders], max: limits.treeEntriesMax });
    if (!answer.ok) return answer;
    const entries = entriesOf(answer.value);
    return entries.ok ? succeeded(treeOf(entries.value)) : entries;
  }

  usage(): Promise<Outcome<SandboxUsage>> {
    return this.#owned.usage();
  }

  /** Lets go of the container without ending it: another activation of the session finds it again. */
  async release(): Promise<void> {
    this.#letGo();
    await this.#owned.pause();
  }

  async close(): Promise<void> {
    this.#letGo();
    await this.#owned.remove();
  }

  #letGo(): void {
    this.#shell?.close();
    this.#agent?.close();
    this.#shell = undefined;
    this.#agent = undefined;
  }

  /** `exit` in a command ends bash, as in a terminal; the next command gets a fresh one in the same folder. */
  async #resultOf({ end, output }: ShellRun, limitMs: number): Promise<Outcome<RunResult>> {
    const text = output.text();
    if (end.kind === 'timedOut') return succeeded({ kind: 'timedOut', output: text, limitMs });
    if (end.kind === 'cancelled') return succeeded({ kind: 'cancelled', output: text });
    if (end.kind === 'exited' || end.exitCode !== null)
      return succeeded({ kind: 'exited', output: text, exitCode: end.exitCode ?? 0 });
    return failed('sandboxFailed', 'The connection to the sandbox broke during the command.');
  }

  /** The open shell, or a fresh one; where no process can be started any more, the container is replaced. */
  async #openShell(): Promise<Outcome<OpenShell>> {
    if (this.#shell?.isUsable) return succeeded(this.#shell);
    this.#shell?.close();
    const shell = (await this.#tryShell()) ?? (await this.#tryShellAfterRescue());
    if (!shell) return failed('sandboxFailed', 'The sandbox does not answer; its container could not be replaced.');
    this.#shell = shell;
    return succeeded(shell);
  }

  async #tryShell(): Promise<OpenShell | undefined> {
    try {
      const container = await this.#owned.running();
      const pipe = await openExec(container, { command: shellCommand, environment: shellEnvironment });
      return await OpenShell.open(pipe, (victims) => this.#kill(victims), this.#workingFolder);
    } catch {
      return undefined; // The daemon is away or the container is gone: the caller says so, or replaces it.
    }
  }

  async #tryShellAfterRescue(): Promise<OpenShell | undefined> {
    this.#agent?.close();
    const replaced = await this.#owned.replace();
    return replaced ? this.#tryShell() : undefined;
  }

  async #kill({ mark, ageMs, shellPid }: Victims): Promise<void> {
    await this.#ask({ op: 'kill', mark, ageMs, shell: shellPid });
  }

  async #ask(request: Record<string, unknown>): Promise<Outcome<Record<string, unknown>>> {
    try {
      if (!this.#agent?.isUsable)
        this.#agent = new Agent(await openExec(await this.#owned.running(), { command: agentCommand }));
    } catch (error) {
      return failed('sandboxFailed', `The sandbox's container can't be reached: ${reasonOf(error)}`);
    }
    return this.#agent.ask(request);
  }
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
