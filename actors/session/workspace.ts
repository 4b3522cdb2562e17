// A session's workspace: its sandbox, opened when it is first needed, made ready for the work, and given back once.
import type { EndedCommand } from '../../sandbox/background/background.ts';
import type { ChangesBase } from '../../sandbox/changes/changes-base.ts';
import type { GitGrant, GrantsGit } from '../../sandbox/git/git-proxy.ts';
import { prepareRepository, type Repository } from '../../sandbox/git/repository.ts';
import { type Sandbox, workspace } from '../../sandbox/sandbox.ts';
import type { OpenedSandbox, SandboxSource } from '../../sandbox/sandbox-source.ts';
import type { Changes, FileDiff } from '../../schema/change.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { EventMetadata, StoredEvent } from '../../schema/event.ts';
import type { FileBytes, FileContent, FilePart, Patch, Tree, WorkspaceEntry } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import type { SessionRecord } from '../../schema/session.ts';
import { setUpProject } from '../setup/set-up-project.ts';
import { bringBack, putCloneAside, snapshotNameOf, snapshotOf } from '../setup/setup-snapshot.ts';
import type { ToolEvent } from '../tools/tool.ts';
import { LazySandbox } from './lazy-sandbox.ts';
import { isWorkspaceEmptied } from './notices.ts';
import { rebuildWorkspace } from './rebuild-workspace.ts';
import { describeRestored } from './restored-workspace.ts';
import type { SessionSnapshots } from './session-snapshots.ts';
import type { SessionFacts } from './system-prompt.ts';
import { WorkspaceBase } from './workspace-base.ts';

export type WorkspaceDependencies = {
  record: SessionRecord;
  /** Whether an earlier activation may have left a sandbox. */
  mayExist: boolean;
  /** Chosen when the sandbox is first needed: a caller may bring a key later. */
  chooseSource(): SandboxSource;
  /** Removes what an earlier activation has left. */
  removeLeftover(): Promise<void>;
  git: GrantsGit;
  getGitToken(): string | null;
  /** What the session did before. */
  events: readonly StoredEvent[];
  /** Those of its repository's clone that are older than these. */
  olderEvents: readonly StoredEvent[];
  /** Its place in the queue for a sandbox, from 1; 0 when its turn has come. */
  onQueued(position: number): void;
  recordEvent(recorded: ToolEvent): void;
  /** What is kept of the workspace outside of its sandbox. */
  snapshots: Pick<SessionSnapshots, 'restore' | 'settle' | 'removeAll' | 'end'>;
  /** Is told of a command in the background that has ended; resolves when that is stored. */
  onCommandEnded(ended: EndedCommand): Promise<void>;
};

const cutShortFailure = failed('repositoryFailed', 'The cloning of the repository was interrupted.');
/** A file of mock mode is a part of its event: as large as one in JSON may be. */
const keptBytesMax = limits.bodyBytesMax;
const tooLargeToKeep = failed('fileTooLarge', `In mock mode a file has at most ${keptBytesMax} bytes.`);
const restoredSentence =
  "The sandbox's container had ended. A new one is ready, with the files of the last snapshot; this call was not done.";
/** Made once: each takes several kilobytes, with the stack of its reason. */
const alreadyCut = AbortSignal.abort();
const notClonedSentence = 'Its repository is not cloned in mock mode.';

export class Workspace {
  readonly #dependencies: WorkspaceDependencies;
  readonly #lazySandbox: LazySandbox;
  /** Made on first use: it takes a kilobyte, and most sessions clone nothing. */
  #endController: AbortController | undefined;
  #grant: GitGrant | undefined;
  #repository: { url: string; path: string } | undefined;
  readonly #base: WorkspaceBase;
  #warnings: string[] = [];
  #isInMemory = false;
  #hasEnded = false;
  /** Whether a sandbox was ready before, in this activation. */
  #wasReady = false;
  /** Whether cloning was interrupted since the sandbox was last opened. */
  #isCloningCut = false;
  #cloning: AbortController | undefined;

  constructor(dependencies: WorkspaceDependencies) {
    this.#dependencies = dependencies;
    const { record, mayExist, onQueued, events, olderEvents } = dependencies;
    this.#base = new WorkspaceBase(record.settings.repoUrl !== null, [...olderEvents, ...events]);
    this.#lazySandbox = new LazySandbox({
      openSandbox: () => {
        this.#isCloningCut = false;
        const isThere = mayExist || this.#wasReady;
        return dependencies.chooseSource().open({ ...record, mayExist: isThere, onQueued, ...snapshotOf(record) });
      },
      prepareSandbox: async (opened) => {
        const prepared = await this.#prepareSandbox(opened);
        this.#wasReady ||= prepared.ok;
        return prepared;
      },
      removeLeftover: async () => void (mayExist && (await dependencies.removeLeftover())),
    });
  }

  get #endSignal(): AbortSignal {
    if (this.#hasEnded) return AbortSignal.abort();
    this.#endController ??= new AbortController();
    return this.#endController.signal;
  }

  /** What people must know about the workspace, once it is open. */
  get warning(): string {
    return this.#warnings.join(' ');
  }

  /** What a model is told of the workspace. */
  collectFacts(sandbox: Sandbox): Omit<SessionFacts, 'tools' | 'model'> {
    const { settings, createdAtMs } = this.#dependencies.record;
    const { gitUserName, gitUserEmail, branch, instructions } = settings;
    const repository = this.#repository && {
      url: this.#repository.url,
      folder: this.#repository.path.replace(workspace, sandbox.root),
      branch,
    };
    const gitUser = gitUserName !== null && gitUserEmail !== null && { name: gitUserName, email: gitUserEmail };
    const began = { beganAtMs: createdAtMs, instructions };
    return {
      kind: sandbox.kind,
      ...(sandbox.isRoot && { isRoot: true }),
      workspace: sandbox.root,
      repository,
      ...began,
      ...(gitUser && { gitUser }),
    };
  }

  /** The folder of its repository under the workspace, once that is there. */
  get projectFolder(): string | undefined {
    return this.#repository?.path;
  }

  /** Whether it holds a sandbox outside this process's memory. */
  get holdsSandbox(): boolean {
    return this.#lazySandbox.isOpen && !this.#isInMemory;
  }

  /** Whether commands run in the background. */
  get isBusy(): boolean {
    return this.#lazySandbox.held?.background?.isActive ?? false;
  }

  /** Whether it has a sandbox, ready or not. */
  get isOpen(): boolean {
    return this.#lazySandbox.isOpen;
  }

  /** The open sandbox, ready or not. */
  get heldSandbox(): Sandbox | undefined {
    return this.#lazySandbox.held;
  }

  openSandbox(): Promise<Outcome<Sandbox>> {
    return this.#lazySandbox.openOnce();
  }

  /** Ends the cloning that runs or would begin: those who wait are refused, and the next use opens the workspace again. */
  cutCloning(): void {
    this.#isCloningCut = true;
    this.#cloning?.abort();
  }

  /** Whether the workspace isn't ready because its cloning was interrupted. */
  get wasCloningCut(): boolean {
    return this.#isCloningCut;
  }

  async listFiles(): Promise<Outcome<Tree>> {
    const sandbox = await this.openSandbox();
    return sandbox.ok ? sandbox.value.list() : sandbox;
  }

  async readFile(path: string, part: FilePart): Promise<Outcome<FileContent>> {
    const sandbox = await this.openSandbox();
    return sandbox.ok ? sandbox.value.read(path, part) : sandbox;
  }

  /** Writes a file for a person. @returns also what its event must keep: in memory nothing else has the content */
  async writeFile(path: string, content: Uint8Array): Promise<Outcome<{ path: string; kept: EventMetadata }>> {
    const sandbox = await this.openSandbox();
    if (!sandbox.ok) return sandbox;
    const isKept = sandbox.value.kind === 'memory';
    if (isKept && content.length > keptBytesMax) return tooLargeToKeep;
    const written = await sandbox.value.write(path, content);
    if (!written.ok) return written;
    return succeeded({ ...written.value, kept: isKept ? { written: Buffer.from(content).toString('base64') } : {} });
  }

  async listChanges(): Promise<Outcome<Changes>> {
    const opened = await this.#openWithBase();
    if (!opened.ok) return opened;
    const { sandbox, base } = opened.value;
    const found = await sandbox.listChanges(base);
    if (!found.ok) return found;
    const { changes, isCut } = found.value;
    return succeeded({ base: base.commit, changes, ...(isCut && { truncated: true }) });
  }

  async readDiff(path: string): Promise<Outcome<FileDiff>> {
    const opened = await this.#openWithBase();
    return opened.ok ? opened.value.sandbox.readDiff(path, opened.value.base) : opened;
  }

  async listAll(): Promise<Outcome<WorkspaceEntry[]>> {
    const sandbox = await this.openSandbox();
    return sandbox.ok ? sandbox.value.listAll() : sandbox;
  }

  async readBytes(path: string, offset: number): Promise<Outcome<FileBytes>> {
    const sandbox = await this.openSandbox();
    if (!sandbox.ok) return sandbox;
    const read = await sandbox.value.readBytes(path, offset);
    if (!read.ok) return read;
    return succeeded({ ...read.value, bytes: new Uint8Array(read.value.bytes) }); // A copy: with a part its whole buffer would go to another thread.
  }

  async makePatch(): Promise<Outcome<Patch>> {
    const opened = await this.#openWithBase();
    return opened.ok ? opened.value.sandbox.makePatch(opened.value.base) : opened;
  }

  async readPatch(patch: Patch, offset: number): Promise<Outcome<Uint8Array>> {
    const sandbox = await this.openSandbox();
    if (!sandbox.ok) return sandbox;
    const read = await sandbox.value.readPatch(patch, offset);
    return read.ok ? succeeded(new Uint8Array(read.value)) : read;
  }

  async #openWithBase(): Promise<Outcome<{ sandbox: Sandbox; base: ChangesBase }>> {
    const sandbox = await this.openSandbox();
    if (!sandbox.ok) return sandbox;
    const base = this.#base.find(sandbox.value.kind);
    return base.ok ? succeeded({ sandbox: sandbox.value, base: base.value }) : base;
  }

  /** Keeps the sandbox for the session's next activation. */
  async release(): Promise<void> {
    await this.#dependencies.snapshots.settle(this.heldSandbox, alreadyCut);
    this.#stopUsing();
    return this.#lazySandbox.release();
  }

  /** Removes the sandbox with all that is in it. */
  async close(): Promise<void> {
    this.#stopUsing();
    await Promise.all([this.#lazySandbox.close(), this.#dependencies.snapshots.removeAll()]);
  }

  /** Leaves the sandbox to another owner. */
  abandon(): Promise<void> {
    const abandoned = this.#lazySandbox.abandon(); // The sandbox comes first: a clone that is cut short would be ended in a sandbox of another owner.
    this.#stopUsing();
    return abandoned;
  }

  #stopUsing(): void {
    this.#hasEnded = true;
    this.#endController?.abort();
    this.#grant?.revoke();
    this.#dependencies.snapshots.end();
  }

  async #prepareSandbox(opened: OpenedSandbox): Promise<Outcome<void>> {
    const { sandbox, isFresh } = opened;
    this.#noteWarning(sandbox);
    this.#isInMemory = sandbox.kind === 'memory';
    const { events, record, onCommandEnded } = this.#dependencies;
    sandbox.background?.listen(onCommandEnded, !isFresh && events.some(isInBackground));
    if (sandbox.kind === 'memory') {
      if (record.settings.repoUrl !== null) this.#warnings.push(notClonedSentence);
      if (isFresh) await rebuildWorkspace(sandbox, events);
      return succeeded(undefined);
    }
    const { repoUrl } = record.settings;
    let ready = opened;
    if (isFresh && (this.#wasReady || events.some(hasChangedFiles))) {
      const restored = await this.#restoreFiles(opened);
      if (!restored.ok) return restored;
      if (restored.value) ready = { sandbox, isFresh };
      else this.#recordEmptied();
    }
    sandbox.listenLoss?.(() => this.#recoverLost(sandbox));
    return repoUrl === null ? succeeded(undefined) : this.#cloneRepository(ready, repoUrl);
  }

  /** @returns whether the files are there again */
  async #restoreFiles({ sandbox, restored: setUp }: OpenedSandbox): Promise<Outcome<boolean>> {
    const { snapshots, events, recordEvent } = this.#dependencies;
    const putAside = async () => void (setUp && (await putCloneAside(sandbox, this.#endSignal)));
    const restored = await snapshots.restore(sandbox, putAside);
    if (!restored.ok) return restored;
    if (!restored.value) return succeeded(false);
    const { snapshot } = restored.value;
    if (snapshot && setUp) await bringBack(sandbox, this.#endSignal);
    recordEvent(describeRestored(restored.value, events));
    return succeeded(snapshot !== undefined);
  }

  /** The workspace was lost while it was in use. @returns for who used it that the files are back, if they are */
  async #recoverLost(sandbox: Sandbox): Promise<string | undefined> {
    const restored = await this.#restoreFiles({ sandbox, isFresh: true });
    const { repoUrl } = this.#dependencies.record.settings;
    if (!restored.ok || !restored.value) return undefined;
    if (repoUrl !== null && !this.#hasEnded) void this.#cloneRepository({ sandbox, isFresh: true }, repoUrl); // Git's way to it was in the home.
    return restoredSentence;
  }

  async #cloneRepository({ sandbox, restored, daemon }: OpenedSandbox, repoUrl: string): Promise<Outcome<void>> {
    const { git, getGitToken, record } = this.#dependencies;
    if (this.#isCloningCut) return cutShortFailure;
    this.#cloning = new AbortController();
    this.#grant?.revoke();
    const grant = await git.grant({ repoUrl, token: getGitToken(), ...(daemon !== undefined && { daemon }) });
    if (!grant.ok) return grant;
    this.#grant = grant.value;
    const { branch, gitUserName: userName, gitUserEmail: userEmail } = record.settings;
    const signal = AbortSignal.any([this.#endSignal, this.#cloning.signal]);
    const gitUser = { userName, userEmail };
    if (restored) await putCloneAside(sandbox, signal);
    const cloned = await prepareRepository(sandbox, { grant: grant.value, branch, ...gitUser, signal });
    if (!cloned.ok) {
      this.#cloning = undefined;
      grant.value.revoke();
      return this.#isCloningCut ? cutShortFailure : cloned;
    }
    this.#repository = { url: grant.value.repoUrl, path: cloned.value.path };
    if (cloned.value.isNew) {
      this.#recordCloned(cloned.value, grant.value.repoUrl);
      const { recordEvent } = this.#dependencies;
      await setUpProject({ sandbox, restored, snapshot: snapshotNameOf(record), signal, recordEvent });
      this.#noteWarning(sandbox); // The setup may have changed the image.
      this.#isCloningCut = false; // An interrupt ended the setup alone.
    }
    this.#cloning = undefined;
    return succeeded(undefined);
  }

  #noteWarning({ warning }: Sandbox): void {
    this.#warnings = warning === undefined ? [] : [warning];
  }

  #recordCloned({ path, isEmpty, commit }: Repository, url: string): void {
    this.#base.noteClone(commit);
    const { branch } = this.#dependencies.record.settings;
    const cloned = `Cloned ${url}${branch === null ? '' : `, branch ${branch},`} into ${path}.`;
    const content = isEmpty ? `${cloned} It is empty: nobody has pushed to it yet.` : cloned;
    this.#dependencies.recordEvent({ eventType: 'RepositoryCloned', content, metadata: { path, baseCommit: commit } });
  }

  /** Tells the agent and the clients that the work in a real workspace is gone. */
  #recordEmptied(): void {
    const { events, record } = this.#dependencies;
    const copied = record.settings.forkedFrom?.sequence ?? 0;
    const isFork =
      copied > 0 && !events.some(({ sequence, eventType }) => sequence > copied && isWorkspaceEmptied(eventType));
    const content = isFork
      ? 'The session goes on from another one, but not in its workspace: its own begins anew.'
      : this.#wasReady
        ? 'The machine that the workspace was on is away; the work goes on in another one, which is empty.'
        : 'The workspace was given up while the session rested; it is empty now.';
    this.#dependencies.recordEvent({ eventType: 'WorkspaceEmptied', content, metadata: {} });
  }
}

const isInBackground = ({ metadata }: StoredEvent): boolean => metadata?.background !== undefined;

const hasChangedFiles = ({ eventType, metadata }: StoredEvent): boolean =>
  metadata?.toolCall !== undefined || eventType === 'UserFileChange';
