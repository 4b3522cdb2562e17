// A sandbox in a container or Pod of its own: the guest inside keeps the shell open, reads and writes files, and kills commands.
import type { FileDiff } from '../../schema/change.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { FileBytes, FileContent, FilePart, Patch, Tree, WorkspaceEntry } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
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
import type { AboutSnapshot } from '../sandbox-source.ts';
import { CommandQueue } from '../scheduling/command-queue.ts';
import { waitWithin } from '../scheduling/wait-within.ts';
import { type Capture, captureOutput } from '../shell/capture.ts';
import { OpenShell, type ShellRun } from '../shell/open-shell.ts';
import { runResultOf } from '../shell/run-result.ts';
import { GitSnapshots } from '../snapshot/git-snapshots.ts';
import { listAllFiles } from '../workspace/all-files.ts';
import { buildTree } from '../workspace/file-tree.ts';
import { hiddenFolders, resolveInWorkspace } from '../workspace/workspace-path.ts';
import { agentHome, shellStateFile } from './container-settings.ts';
import { type Guest, sandboxAnswerBytesMax } from './guest.ts';
import { parseBytes, parseContent, parseDisk, parseListing } from './guest-answers.ts';
import { runGuestCommand, startGuestProcess } from './guest-command.ts';
import { GuestConnection, requestKill } from './guest-connection.ts';
import type { AskGuest, GuestPlace } from './guest-place.ts';

/** How much longer than its own limit a command may wait for a shell; with `killPatienceMs` it stays below 5 s. */
const sandboxOpenSlackMs = 2_500;

/** How long the guest may take to say how full the workspace is, which takes a millisecond unless all processes are taken. */
const diskTimeoutMs = 2_000;

/** What sandboxes need of any image. */
const neededPrograms = 'command -v git';
const neededTimeoutMs = 5_000;

const noImages = failed('invalid', 'The image of this sandbox can not be changed.');
const filesLost = failed('sandboxFailed', 'The workspace was lost meanwhile.');
const notReady = failed('sandboxFailed', 'The sandbox did not get ready in time.');
const cancelled: RunResult = { kind: 'cancelled', output: '' };

/** What was lost, in a sentence for the agent. */
type Loss = { sentence: string; hasLostFiles: boolean };

const isLoss = (found: object | string): found is Loss => typeof found === 'object' && 'hasLostFiles' in found;

export class GuestSandbox implements Sandbox {
  readonly kind: Sandbox['kind'];
  readonly root: string = workspace;
  readonly #warning: string | undefined;
  readonly #place: GuestPlace;
  readonly #connection: GuestConnection;
  readonly #queue = new CommandQueue();
  readonly #separateQueue = new CommandQueue();
  /** The queue of what people ask, who don't wait for the agent's commands, nor these for them. */
  readonly #capture = this.#captureBy(new CommandQueue(), (command, run) =>
    this.#runBeside(command, run, run.timeoutMs),
  );
  readonly #changes = new GitChanges(this.root, this.#capture);
  readonly snapshots = new GitSnapshots({
    root: this.root,
    capture: this.#captureBy(new CommandQueue(), (command, run) => this.#runUnlessLost(command, run)),
    write: (path, content) =>
      this.#connection.request({ op: 'write', path: `${workspace}/${path}`, data: base64Of(content) }),
  });
  #onLost: (() => Promise<string | undefined>) | undefined;
  readonly background = new BackgroundCommands({
    folder: `${agentHome}/.lucid/commands`,
    runInShell: (command, options) => this.run(command, options),
    runBeside: (command, options) => this.#runBeside(command, options, sandboxOpenSlackMs),
  });
  readonly useImage: Sandbox['useImage'];
  readonly #askGuest: AskGuest = (request, timeoutMs) => this.#connection.requestIfUp(request, timeoutMs);
  #shell: OpenShell | undefined;
  #opening: Promise<Outcome<OpenShell>> | undefined;
  /** Unknown until the first command: another activation may have left the shell somewhere. */
  #workingFolder: string | undefined;

  constructor(place: GuestPlace, warning?: string) {
    this.kind = place.kind;
    this.#place = place;
    this.#warning = warning;
    this.#connection = new GuestConnection(place);
    this.useImage = place.changeImage && ((image) => this.#useImage(image));
  }

  get isRoot(): boolean {
    return this.#place.wantsRoot && this.#connection.rootProblem === undefined;
  }

  get warning(): string | undefined {
    const problem = this.#connection.rootProblem;
    const noRoot =
      problem === undefined ? [] : [`Commands are not root, not even in a namespace of their own: ${problem}.`];
    return [this.#warning ?? [], noRoot].flat().join(' ') || undefined;
  }

  /** Opens the shell of a container that has just been started, ahead of its first use. */
  async warmUp(): Promise<Outcome<void>> {
    const started = await this.#connection.startFirst();
    if (!started.ok) return started;
    const shell = await this.#openShell();
    return shell.ok ? succeeded(undefined) : shell;
  }

  /** Whether a command could run at once. */
  get isWarm(): boolean {
    return this.#shell?.isUsable ?? false;
  }

  run(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const [queue, work] = options.isSeparate
      ? [this.#separateQueue, () => this.#runSeparate(command, options)]
      : [this.#queue, () => this.#runInShell(command, options)];
    return queue.run(work, options.signal, cancelled);
  }

  async startProcess(options: ProcessOptions): Promise<Outcome<SandboxProcess>> {
    const guest = await this.#connection.reach();
    return guest.ok ? succeeded(startGuestProcess(guest.value, options)) : guest;
  }

  async read(given: string, part: FilePart = {}): Promise<Outcome<FileContent>> {
    const path = resolveInWorkspace(given);
    if (!path.ok) return path;
    const request = { op: 'read', path: path.value, max: limits.fileBytesMax, ...part };
    const answer = await this.#request(request);
    return answer.ok ? parseContent(answer.value) : answer;
  }

  async write(given: string, content: string | Uint8Array): Promise<Outcome<{ path: string }>> {
    const path = resolveInWorkspace(given);
    if (!path.ok) return path;
    const request = { op: 'write', path: path.value, data: base64Of(content) };
    const answer = await this.#request(request);
    return answer.ok ? succeeded({ path: path.value }) : answer;
  }

  async list(folder: string = workspace): Promise<Outcome<Tree>> {
    const path = resolveInWorkspace(folder);
    if (!path.ok) return path;
    const bounds = { max: limits.treeEntriesMax, bytes: sandboxAnswerBytesMax / 4 };
    const request = { op: 'list', path: path.value, hidden: [...hiddenFolders], ...bounds };
    const answer = await this.#request(request);
    if (!answer.ok) return answer;
    const listing = parseListing(answer.value, path.value);
    if (!listing.ok) return listing;
    const tree = buildTree(listing.value.entries, path.value);
    return succeeded(listing.value.isCut ? { ...tree, truncated: true } : tree);
  }

  listenLoss(onLost: () => Promise<string | undefined>): void {
    this.#onLost = onLost;
  }

  listChanges(base: ChangesBase): Promise<Outcome<FoundChanges>> {
    return this.#changes.list(base);
  }

  async readDiff(given: string, base: ChangesBase): Promise<Outcome<FileDiff>> {
    const path = resolveInWorkspace(given);
    return path.ok ? this.#changes.readDiff(path.value, base) : path;
  }

  listAll(): Promise<Outcome<WorkspaceEntry[]>> {
    return listAllFiles(this.root, this.#capture);
  }

  async readBytes(entryPath: string, offset: number): Promise<Outcome<FileBytes>> {
    const path = resolveInWorkspace(`./${entryPath}`);
    if (!path.ok) return path;
    const max = limits.fileBytesMax;
    const answer = await this.#connection.request({ op: 'read', path: path.value, max, offset, length: max });
    return answer.ok ? parseBytes(answer.value) : answer;
  }

  makePatch(base: ChangesBase): Promise<Outcome<Patch>> {
    return this.#changes.makePatch(base);
  }

  readPatch(patch: Patch, offset: number): Promise<Outcome<Uint8Array>> {
    return this.#changes.readPatch(patch, offset);
  }

  async measureUsage(): Promise<Outcome<SandboxUsage>> {
    const [usage, disk] = await Promise.all([this.#place.measureUsage(this.#askGuest), this.#measureDisk()]);
    if (!usage.ok) return usage;
    const { used = null, size = null } = disk ?? {};
    return succeeded({ ...usage.value, diskBytes: used, diskBytesMax: size });
  }

  async keepSnapshot(name: string, about: AboutSnapshot): Promise<Outcome<void>> {
    return (await this.#place.saveDisks?.(name, about)) ?? succeeded(undefined);
  }

  async #useImage(image: string): Promise<Outcome<{ imageId: string }>> {
    const mayBe = this.#place.checkImage?.(image);
    if (mayBe?.ok === false) return mayBe;
    this.#leaveContainer();
    const change = (await this.#place.changeImage?.(image)) ?? noImages;
    if (!change.ok) return change;
    const { imageId, keep, goBack } = change.value;
    if (await this.#hasNeededPrograms()) {
      keep();
      return succeeded({ imageId });
    }
    this.#connection.leave();
    await goBack();
    return failed('invalid', `The image ${image} isn't used: it lacks sh, bash, git or python3.`);
  }

  /** The shell ends with its container; a fresh one begins in the same folder. */
  #leaveContainer(): void {
    this.#shell?.close();
    this.#shell = undefined;
    this.#connection.leave();
  }

  /** The guest that is started for this stays: it also knows whether commands are root here. */
  async #hasNeededPrograms(): Promise<boolean> {
    const guest = await this.#connection.startFirst();
    if (!guest.ok) return false;
    const options = { timeoutMs: neededTimeoutMs, signal: new AbortController().signal };
    const found = await runGuestCommand(guest.value, neededPrograms, options, async () => undefined);
    return found.ok && found.value.kind === 'exited' && found.value.exitCode === 0;
  }

  /**
   * Lets go of the container without ending it: the session's next activation finds it again. The container isn't paused where
   * that activation has it already, which may not be known here yet.
   */
  async release(): Promise<void> {
    this.#letGo();
    await this.#place.rest(this.#connection.execId);
  }

  /** The container runs on as it is; the guest ends what it was running, or the next owner's guest has ended it. */
  async abandon(): Promise<void> {
    this.#letGo();
  }

  async close(): Promise<void> {
    this.#letGo();
    await this.#place.remove();
  }

  async #measureDisk(): Promise<{ used: number; size: number } | undefined> {
    const answer = await this.#connection.requestIfUp({ op: 'disk' }, diskTimeoutMs);
    return answer?.ok ? parseDisk(answer.value) : undefined;
  }

  #letGo(): void {
    this.#shell?.close();
    this.#connection.close();
    this.background.close();
    this.#place.letGo?.();
  }

  async #runInShell(command: string, { timeoutMs, signal, ...taking }: RunOptions): Promise<Outcome<RunResult>> {
    const budgetMs = timeoutMs + sandboxOpenSlackMs;
    const startedAtMs = performance.now();
    const shell = await waitWithin(this.#openShellUnlessLost(), budgetMs, signal);
    if (shell === 'cancelled') return succeeded(cancelled);
    if (shell === 'late') return notReady;
    if (isLoss(shell)) return this.#tellLoss(shell);
    if (!shell.ok) return shell;
    const leftMs = Math.max(1, budgetMs - (performance.now() - startedAtMs));
    const run = await shell.value.run(command, { timeoutMs: Math.min(timeoutMs, leftMs), signal, ...taking });
    this.#workingFolder = shell.value.workingFolder;
    return (await this.#findLoss(run)) ?? runResultOf(run, timeoutMs);
  }

  /** Runs a command in a process of its own, apart from what earlier commands exported or left running. */
  async #runSeparate(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const guest = await waitWithin(this.#connection.reach(), sandboxOpenSlackMs, options.signal);
    const loss = typeof guest === 'object' && guest.ok ? this.#takeLoss() : undefined;
    if (loss) return this.#tellLoss(loss);
    return this.#runBeside(command, options, sandboxOpenSlackMs);
  }

  /** That the workspace was lost isn't told here: the agent is to hear of it. */
  async #runBeside(command: string, options: RunOptions, openTimeoutMs: number): Promise<Outcome<RunResult>> {
    const guest = await waitWithin(this.#connection.reach(), openTimeoutMs, options.signal);
    if (guest === 'cancelled') return succeeded(cancelled);
    if (guest === 'late') return notReady;
    if (!guest.ok) return guest;
    return runGuestCommand(guest.value, command, options, (target) => this.#connection.kill(target));
  }

  /** Opens the shell, unless the place or the workspace was lost since the last command: its user hears of that once. */
  async #openShellUnlessLost(): Promise<Outcome<OpenShell> | Loss> {
    const shell = await this.#openShell();
    return (shell.ok ? this.#takeLoss() : undefined) ?? shell;
  }

  #takeLoss(): Loss | undefined {
    const hasLostFiles = this.#place.hasLostWorkspace ?? false;
    const sentence = this.#place.takeLoss();
    return sentence === undefined ? undefined : { sentence, hasLostFiles };
  }

  /** Whoever listens may bring the files back. */
  async #tellLoss({ sentence, hasLostFiles }: Loss): Promise<Outcome<never>> {
    const told = hasLostFiles ? await this.#onLost?.() : undefined;
    return failed('sandboxFailed', told ?? sentence);
  }

  /** The container may have ended with the command where the connection broke. */
  async #findLoss({ end }: ShellRun): Promise<Outcome<RunResult> | undefined> {
    if (end.kind !== 'shellEnded' || end.exitCode !== null || this.#connection.isClosed) return undefined;
    const shell = await waitWithin(this.#openShellUnlessLost(), sandboxOpenSlackMs);
    return isLoss(shell) ? this.#tellLoss(shell) : undefined;
  }

  /** What was asked of an empty workspace counts as not asked, where somebody brings the files back. */
  async #request(request: Record<string, unknown>): Promise<Outcome<Record<string, unknown>>> {
    const answer = await this.#connection.request(request);
    const loss = this.#onLost && this.#place.hasLostWorkspace ? this.#takeLoss() : undefined;
    return loss ? this.#tellLoss(loss) : answer;
  }

  #captureBy(
    queue: CommandQueue,
    work: (command: string, options: RunOptions) => Promise<Outcome<RunResult>>,
  ): Capture {
    return (command, options) =>
      captureOutput((run) => queue.run(() => work(command, run), run.signal, cancelled), options);
  }

  /** An empty workspace is never taken for what the agent has left. */
  async #runUnlessLost(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    const guest = await waitWithin(this.#connection.reach(), options.timeoutMs, options.signal);
    if (typeof guest === 'object' && guest.ok && this.#place.hasLostWorkspace) return filesLost;
    const result = await this.#runBeside(command, options, options.timeoutMs);
    return this.#place.hasLostWorkspace ? filesLost : result;
  }

  /** Gives the open shell, or a fresh one in the same folder. */
  #openShell(): Promise<Outcome<OpenShell>> {
    if (this.#shell?.isUsable) return Promise.resolve(succeeded(this.#shell));
    this.#opening ??= this.#openFreshShell().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** A guest that can't start a shell is closed, and a second one tries. */
  async #openFreshShell(): Promise<Outcome<OpenShell>> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const guest = await this.#connection.reachSettled();
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
    const kill = this.#connection.kill.bind(this.#connection);
    return OpenShell.open(pipe.value, kill, this.#workingFolder, shellStateFile);
  }

  /** Ends what earlier commands left running first: where no shell can be started, it has taken all processes. */
  async #openShellWithRoom(guest: Guest): Promise<OpenShell | undefined> {
    await requestKill(guest, { mark: '', ageMs: 0, shellPid: 0 });
    return this.#openShellIn(guest);
  }
}

const base64Of = (content: string | Uint8Array): string =>
  Buffer.from(typeof content === 'string' ? new TextEncoder().encode(content) : content).toString('base64');
