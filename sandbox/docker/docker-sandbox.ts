// A sandbox in a container of its own: a guest inside keeps the shell open, has the files and ends what must end.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileContent, FilePart, Tree } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import { type RunOptions, type RunResult, type Sandbox, type SandboxUsage, workspace } from '../sandbox.ts';
import { CommandQueue } from '../scheduling/command-queue.ts';
import { waitWithin } from '../scheduling/time-limit.ts';
import { type KillTarget, OpenShell, type ShellRun } from '../shell/open-shell.ts';
import { runResultOf } from '../shell/run-result.ts';
import { buildTree } from '../workspace/file-tree.ts';
import { hiddenFolders, resolveInWorkspace } from '../workspace/workspace-path.ts';
import { shellStateFile } from './container-settings.ts';
import type { Guest } from './guest.ts';
import { sandboxAnswerBytesMax } from './guest.ts';
import { parseContent, parseListing } from './guest-answers.ts';
import { killTimeoutMs, runGuestCommand } from './guest-command.ts';
import type { OwnedContainer } from './owned-container.ts';
import { reachGuest, startGuest } from './reach-guest.ts';

/** How much longer than its own limit a command may wait for a shell; with the kill's patience it stays below 5 s. */
const sandboxOpenSlackMs = 2_500;

/** What is left to be ended once the container can be reached again. */
type PendingKill = Omit<KillTarget, 'ageMs'> & { startedAtMs: number };

const lost = failed(
  'sandboxFailed',
  "The sandbox's container had ended, and what was in its workspace with it. A new one is ready, and empty.",
);
const closed = failed('sandboxFailed', 'The sandbox is closed.');
const cancelled: RunResult = { kind: 'cancelled', output: '' };

export class DockerSandbox implements Sandbox {
  readonly kind = 'docker';
  readonly root: string = workspace;
  readonly #container: OwnedContainer;
  readonly #queue = new CommandQueue();
  readonly #separateQueue = new CommandQueue();
  #guest: Guest | undefined;
  #reaching: Promise<Outcome<Guest>> | undefined;
  #shell: OpenShell | undefined;
  #opening: Promise<Outcome<OpenShell>> | undefined;
  /** Unknown until the first command: another activation may have left the shell somewhere. */
  #workingFolder: string | undefined;
  #pendingKills: PendingKill[] = [];
  /** Where the shell was that was ended last. */
  #lastFolder: string | undefined;
  #isClosed = false;

  constructor(owned: OwnedContainer) {
    this.#container = owned;
  }

  /** Opens the shell of a container that has just been started, ahead of its first use. */
  async warmUp(): Promise<Outcome<void>> {
    const guest = await startGuest(this.#container);
    if (!guest.ok) return guest;
    this.#guest = guest.value;
    const shell = await this.#openShell();
    return shell.ok ? succeeded(undefined) : shell;
  }

  /** Whether a command could run at once. */
  get isWarm(): boolean {
    return this.#shell?.isUsable ?? false;
  }

  run(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const [turns, work] = options.isSeparate
      ? [this.#separateQueue, () => this.#runSeparate(command, options)]
      : [this.#queue, () => this.#runNow(command, options)];
    return turns.run(work, options.signal, cancelled);
  }

  async read(given: string, part: FilePart = {}): Promise<Outcome<FileContent>> {
    const path = resolveInWorkspace(given);
    if (!path.ok) return path;
    const answer = await this.#requestGuest({ op: 'read', path: path.value, max: limits.fileBytesMax, ...part });
    return answer.ok ? parseContent(answer.value) : answer;
  }

  async write(given: string, content: string): Promise<Outcome<{ path: string }>> {
    const path = resolveInWorkspace(given);
    if (!path.ok) return path;
    const answer = await this.#requestGuest({
      op: 'write',
      path: path.value,
      data: Buffer.from(content).toString('base64'),
    });
    return answer.ok ? succeeded({ path: path.value }) : answer;
  }

  async list(folder: string = workspace): Promise<Outcome<Tree>> {
    const path = resolveInWorkspace(folder);
    if (!path.ok) return path;
    const bounds = { max: limits.treeEntriesMax, bytes: sandboxAnswerBytesMax / 4 };
    const answer = await this.#requestGuest({ op: 'list', path: path.value, hidden: [...hiddenFolders], ...bounds });
    if (!answer.ok) return answer;
    const listing = parseListing(answer.value, path.value);
    if (!listing.ok) return listing;
    const tree = buildTree(listing.value.entries, path.value);
    return succeeded(listing.value.isCut ? { ...tree, truncated: true } : tree);
  }

  measureUsage(): Promise<Outcome<SandboxUsage>> {
    return this.#container.measureUsage();
  }

  /**
   * Lets go of the container without ending it: another activation of the session finds it again. Where one has found it
   * already, pausing would stop it at its work; that its guest has ended ours may not have been heard yet.
   */
  async release(): Promise<void> {
    this.#letGo();
    if (await this.#container.isInUseBesides(this.#guest?.execId)) return;
    await this.#container.pause();
  }

  /** The container runs on as it is; the guest inside ends what it was running, or was ended by the next owner's. */
  async abandon(): Promise<void> {
    this.#letGo();
  }

  async close(): Promise<void> {
    this.#letGo();
    await this.#container.remove();
  }

  #letGo(): void {
    this.#isClosed = true;
    this.#shell?.close();
    this.#guest?.close();
  }

  async #runNow(command: string, { timeoutMs, signal, onOutput }: RunOptions): Promise<Outcome<RunResult>> {
    const budgetMs = timeoutMs + sandboxOpenSlackMs;
    const startedAtMs = performance.now();
    const shell = await waitWithin(this.#getReadyShell(), budgetMs, signal);
    if (shell === 'cancelled') return succeeded(cancelled);
    if (shell === 'late') return failed('sandboxFailed', 'The sandbox did not get ready in time.');
    if (!shell.ok) return shell;
    const leftMs = Math.max(1, budgetMs - (performance.now() - startedAtMs));
    const run = await shell.value.run(command, { timeoutMs: Math.min(timeoutMs, leftMs), signal, onOutput });
    this.#workingFolder = shell.value.workingFolder;
    return (await this.#findLoss(run)) ?? runResultOf(run, timeoutMs);
  }

  /** In a process of its own: neither what the agent exported nor what it left running has a part in it. */
  async #runSeparate(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const guest = await waitWithin(this.#reachGuest(), sandboxOpenSlackMs, options.signal);
    if (guest === 'cancelled') return succeeded(cancelled);
    if (guest === 'late') return failed('sandboxFailed', 'The sandbox did not get ready in time.');
    if (!guest.ok) return guest;
    if (this.#container.takeLoss()) return lost;
    return runGuestCommand(guest.value, command, options, (victims) => this.#kill(victims));
  }

  /** The open shell, unless the workspace was lost since the last command: whoever relies on it must hear so first. */
  async #getReadyShell(): Promise<Outcome<OpenShell>> {
    const shell = await this.#openShell();
    return shell.ok && this.#container.takeLoss() ? lost : shell;
  }

  /** When the line broke, the container may have ended with the command. */
  async #findLoss({ end }: ShellRun): Promise<Outcome<RunResult> | undefined> {
    if (end.kind !== 'shellEnded' || end.exitCode !== null || this.#isClosed) return undefined;
    const shell = await waitWithin(this.#getReadyShell(), sandboxOpenSlackMs);
    return shell === lost ? lost : undefined;
  }

  /** The open shell, or a fresh one in the same folder. */
  #openShell(): Promise<Outcome<OpenShell>> {
    if (this.#shell?.isUsable) return Promise.resolve(succeeded(this.#shell));
    this.#opening ??= this.#openFreshShell().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** A guest that has no shell to give is of no more use; the next one gets a try. */
  async #openFreshShell(): Promise<Outcome<OpenShell>> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const guest = await this.#reachSettledGuest();
      if (!guest.ok) return guest;
      this.#shell = (await this.#openShellIn(guest.value)) ?? (await this.#openShellWithRoom(guest.value));
      if (this.#shell) return succeeded(this.#shell);
      guest.value.close();
    }
    return failed('sandboxFailed', 'No shell can be started in the sandbox.');
  }

  async #openShellIn(guest: Guest): Promise<OpenShell | undefined> {
    const pipe = await guest.openBash();
    if (!pipe.ok) return undefined;
    return OpenShell.open(pipe.value, (victims) => this.#kill(victims), this.#workingFolder, shellStateFile);
  }

  /** Where no process can be started, what earlier commands left running has taken them all. */
  async #openShellWithRoom(guest: Guest): Promise<OpenShell | undefined> {
    await killIn(guest, { mark: '', ageMs: 0, shellPid: 0 });
    return this.#openShellIn(guest);
  }

  async #kill(victims: KillTarget): Promise<string | undefined> {
    this.#pendingKills.push({ ...victims, startedAtMs: performance.now() - victims.ageMs });
    const guest = await this.#reachSettledGuest();
    return guest.ok ? this.#lastFolder : undefined;
  }

  /** A guest that has ended what was to be ended; one that can't is of no more use, and there is a second try. */
  async #reachSettledGuest(): Promise<Outcome<Guest>> {
    let guest = await this.#reachGuest();
    for (let attempt = 0; guest.ok && attempt < 2 && !(await this.#settlePendingKills(guest.value)); attempt++) {
      guest.value.close();
      guest = await this.#reachGuest();
    }
    return guest;
  }

  /** Ends what could not be ended when it was due. @returns whether the guest did it all */
  async #settlePendingKills(guest: Guest): Promise<boolean> {
    for (let pending = this.#pendingKills.shift(); pending; pending = this.#pendingKills.shift()) {
      const { startedAtMs, ...victims } = pending;
      const killed = await killIn(guest, { ...victims, ageMs: Math.ceil(performance.now() - startedAtMs) });
      if (!killed.ok) {
        this.#pendingKills.unshift(pending);
        return false;
      }
      if (typeof killed.value.folder === 'string') this.#lastFolder = killed.value.folder;
    }
    return true;
  }

  /** What is asked for here can be asked for twice, so a guest that ends meanwhile is no matter. */
  async #requestGuest(request: Record<string, unknown>): Promise<Outcome<Record<string, unknown>>> {
    const guest = await this.#reachGuest();
    if (!guest.ok) return guest;
    const answer = await guest.value.request(request);
    if (answer.ok || guest.value.isUsable) return answer;
    const fresh = await this.#reachGuest();
    return fresh.ok ? fresh.value.request(request) : fresh;
  }

  /** The guest inside, or a fresh one. */
  #reachGuest(): Promise<Outcome<Guest>> {
    if (this.#isClosed) return Promise.resolve(closed);
    if (this.#guest?.isUsable) return Promise.resolve(succeeded(this.#guest));
    this.#reaching ??= this.#reachGuestNow().finally(() => {
      this.#reaching = undefined;
    });
    return this.#reaching;
  }

  async #reachGuestNow(): Promise<Outcome<Guest>> {
    const guest = await reachGuest(this.#container);
    if (!guest.ok) return guest;
    this.#guest = guest.value;
    if (this.#isClosed) this.#letGo();
    return guest;
  }
}

const killIn = (guest: Guest, { mark, ageMs, shellPid }: KillTarget) =>
  guest.request({ op: 'kill', mark, ageMs, shell: shellPid }, killTimeoutMs);
