// A sandbox in a container of its own: an agent inside keeps the shell open, has the files and ends what must end.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileContent, FilePart, Tree } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import { InTurn } from '../in-turn.ts';
import { hiddenFolders, insideWorkspace } from '../path.ts';
import { runResultOf } from '../run-result.ts';
import { type RunOptions, type RunResult, type Sandbox, type SandboxUsage, workspace } from '../sandbox.ts';
import { OpenShell, type ShellRun, type Victims } from '../shell.ts';
import { treeOf } from '../tree.ts';
import { within } from '../within.ts';
import type { Agent } from './agent.ts';
import { contentOf, listingOf } from './answers.ts';
import type { OwnedContainer } from './container.ts';
import { reachAgent, startAgent } from './reach.ts';
import { runBeside } from './run-beside.ts';
import { shellMemory } from './settings.ts';

/** What is left to be ended once the container can be reached again. */
type Debt = Omit<Victims, 'ageMs'> & { startedAtMs: number };

const lost = failed(
  'sandboxFailed',
  "The sandbox's container had ended, and what was in its workspace with it. A new one is ready, and empty.",
);
const closed = failed('sandboxFailed', 'The sandbox is closed.');
const cancelled: RunResult = { kind: 'cancelled', output: '' };

export class DockerSandbox implements Sandbox {
  readonly kind = 'docker';
  readonly root: string = workspace;
  readonly #owned: OwnedContainer;
  readonly #turns = new InTurn();
  readonly #apartTurns = new InTurn();
  #agent: Agent | undefined;
  #reaching: Promise<Outcome<Agent>> | undefined;
  #shell: OpenShell | undefined;
  #opening: Promise<Outcome<OpenShell>> | undefined;
  /** Unknown until the first command: another activation may have left the shell somewhere. */
  #workingFolder: string | undefined;
  #debts: Debt[] = [];
  /** Where the shell was that was ended last. */
  #lastFolder: string | undefined;
  #isClosed = false;

  constructor(owned: OwnedContainer) {
    this.#owned = owned;
  }

  /** Opens the shell of a container that has just been started, ahead of its first use. */
  async warmUp(): Promise<Outcome<void>> {
    const agent = await startAgent(this.#owned);
    if (!agent.ok) return agent;
    this.#agent = agent.value;
    const shell = await this.#openShell();
    return shell.ok ? succeeded(undefined) : shell;
  }

  /** Whether a command could run at once. */
  get isWarm(): boolean {
    return this.#shell?.isUsable ?? false;
  }

  run(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const [turns, work] = options.isApart
      ? [this.#apartTurns, () => this.#runApart(command, options)]
      : [this.#turns, () => this.#runNow(command, options)];
    return turns.run(work, options.signal, cancelled);
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

  async list(folder: string = workspace): Promise<Outcome<Tree>> {
    const path = insideWorkspace(folder);
    if (!path.ok) return path;
    const bounds = { max: limits.treeEntriesMax, bytes: limits.sandboxAnswerBytesMax / 4 };
    const answer = await this.#ask({ op: 'list', path: path.value, hidden: [...hiddenFolders], ...bounds });
    if (!answer.ok) return answer;
    const listing = listingOf(answer.value, path.value);
    if (!listing.ok) return listing;
    const tree = treeOf(listing.value.entries, path.value);
    return succeeded(listing.value.isCut ? { ...tree, truncated: true } : tree);
  }

  usage(): Promise<Outcome<SandboxUsage>> {
    return this.#owned.usage();
  }

  /**
   * Lets go of the container without ending it: another activation of the session finds it again. Where one has found it
   * already, pausing would stop it at its work; that its agent has ended ours may not have been heard yet.
   */
  async release(): Promise<void> {
    this.#letGo();
    if (await this.#owned.isInUseBesides(this.#agent?.execId)) return;
    await this.#owned.pause();
  }

  /** The container runs on as it is; the agent inside ends what it was running, or was ended by the next owner's. */
  async abandon(): Promise<void> {
    this.#letGo();
  }

  async close(): Promise<void> {
    this.#letGo();
    await this.#owned.remove();
  }

  #letGo(): void {
    this.#isClosed = true;
    this.#shell?.close();
    this.#agent?.close();
  }

  async #runNow(command: string, { timeoutMs, signal, onOutput }: RunOptions): Promise<Outcome<RunResult>> {
    const budgetMs = timeoutMs + limits.sandboxOpenSlackMs;
    const startedAtMs = performance.now();
    const shell = await within(this.#readyShell(), budgetMs, signal);
    if (shell === 'cancelled') return succeeded(cancelled);
    if (shell === 'late') return failed('sandboxFailed', 'The sandbox did not get ready in time.');
    if (!shell.ok) return shell;
    const leftMs = Math.max(1, budgetMs - (performance.now() - startedAtMs));
    const run = await shell.value.run(command, { timeoutMs: Math.min(timeoutMs, leftMs), signal, onOutput });
    this.#workingFolder = shell.value.workingFolder;
    return (await this.#lossDuring(run)) ?? runResultOf(run, timeoutMs);
  }

  /** In a process of its own: neither what the agent exported nor what it left running has a part in it. */
  async #runApart(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const agent = await within(this.#reach(), limits.sandboxOpenSlackMs, options.signal);
    if (agent === 'cancelled') return succeeded(cancelled);
    if (agent === 'late') return failed('sandboxFailed', 'The sandbox did not get ready in time.');
    if (!agent.ok) return agent;
    if (this.#owned.takeLoss()) return lost;
    return runBeside(agent.value, command, options, (victims) => this.#kill(victims));
  }

  /** The open shell, unless the workspace was lost since the last command: whoever relies on it must hear so first. */
  async #readyShell(): Promise<Outcome<OpenShell>> {
    const shell = await this.#openShell();
    return shell.ok && this.#owned.takeLoss() ? lost : shell;
  }

  /** When the line broke, the container may have ended with the command. */
  async #lossDuring({ end }: ShellRun): Promise<Outcome<RunResult> | undefined> {
    if (end.kind !== 'shellEnded' || end.exitCode !== null || this.#isClosed) return undefined;
    const shell = await within(this.#readyShell(), limits.sandboxOpenSlackMs);
    return shell === lost ? lost : undefined;
  }

  /** The open shell, or a fresh one in the same folder. */
  #openShell(): Promise<Outcome<OpenShell>> {
    if (this.#shell?.isUsable) return Promise.resolve(succeeded(this.#shell));
    this.#opening ??= this.#freshShell().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** An agent that has no shell to give is of no more use; the next one gets a try. */
  async #freshShell(): Promise<Outcome<OpenShell>> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const agent = await this.#reachSettled();
      if (!agent.ok) return agent;
      this.#shell = (await this.#shellOf(agent.value)) ?? (await this.#shellWithRoom(agent.value));
      if (this.#shell) return succeeded(this.#shell);
      agent.value.close();
    }
    return failed('sandboxFailed', 'No shell can be started in the sandbox.');
  }

  async #shellOf(agent: Agent): Promise<OpenShell | undefined> {
    const pipe = await agent.openBash();
    if (!pipe.ok) return undefined;
    return OpenShell.open(pipe.value, (victims) => this.#kill(victims), this.#workingFolder, shellMemory);
  }

  /** Where no process can be started, what earlier commands left running has taken them all. */
  async #shellWithRoom(agent: Agent): Promise<OpenShell | undefined> {
    await killWith(agent, { mark: '', ageMs: 0, shellPid: 0 });
    return this.#shellOf(agent);
  }

  async #kill(victims: Victims): Promise<string | undefined> {
    this.#debts.push({ ...victims, startedAtMs: performance.now() - victims.ageMs });
    const agent = await this.#reachSettled();
    return agent.ok ? this.#lastFolder : undefined;
  }

  /** An agent that has ended what was to be ended; one that can't is of no more use, and there is a second try. */
  async #reachSettled(): Promise<Outcome<Agent>> {
    let agent = await this.#reach();
    for (let attempt = 0; agent.ok && attempt < 2 && !(await this.#settleDebts(agent.value)); attempt++) {
      agent.value.close();
      agent = await this.#reach();
    }
    return agent;
  }

  /** Ends what could not be ended when it was due. @returns whether the agent did it all */
  async #settleDebts(agent: Agent): Promise<boolean> {
    for (let debt = this.#debts.shift(); debt; debt = this.#debts.shift()) {
      const { startedAtMs, ...victims } = debt;
      const killed = await killWith(agent, { ...victims, ageMs: Math.ceil(performance.now() - startedAtMs) });
      if (!killed.ok) {
        this.#debts.unshift(debt);
        return false;
      }
      if (typeof killed.value.folder === 'string') this.#lastFolder = killed.value.folder;
    }
    return true;
  }

  /** What is asked for here can be asked for twice, so an agent that ends meanwhile is no matter. */
  async #ask(request: Record<string, unknown>): Promise<Outcome<Record<string, unknown>>> {
    const agent = await this.#reach();
    if (!agent.ok) return agent;
    const answer = await agent.value.ask(request);
    if (answer.ok || agent.value.isUsable) return answer;
    const fresh = await this.#reach();
    return fresh.ok ? fresh.value.ask(request) : fresh;
  }

  /** The agent inside, or a fresh one. */
  #reach(): Promise<Outcome<Agent>> {
    if (this.#isClosed) return Promise.resolve(closed);
    if (this.#agent?.isUsable) return Promise.resolve(succeeded(this.#agent));
    this.#reaching ??= this.#reachNow().finally(() => {
      this.#reaching = undefined;
    });
    return this.#reaching;
  }

  async #reachNow(): Promise<Outcome<Agent>> {
    const agent = await reachAgent(this.#owned);
    if (!agent.ok) return agent;
    this.#agent = agent.value;
    if (this.#isClosed) this.#letGo();
    return agent;
  }
}

const killWith = (agent: Agent, { mark, ageMs, shellPid }: Victims) =>
  agent.ask({ op: 'kill', mark, ageMs, shell: shellPid }, limits.killTimeoutMs);
