// A session's workspace: its sandbox, opened when it is first needed, made ready for the work, and given back once.
import type { GitGrant, GitProxy } from '../../sandbox/git/git-proxy.ts';
import { prepareRepository } from '../../sandbox/git/repository.ts';
import { type Sandbox, workspace } from '../../sandbox/sandbox.ts';
import type { OpenedSandbox, SandboxSource } from '../../sandbox/sandbox-source.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { StoredEvent } from '../../schema/event.ts';
import type { FileContent, FilePart, Tree } from '../../schema/file.ts';
import type { SessionRecord } from '../../schema/session.ts';
import type { ToolEvent } from '../tools/tool.ts';
import { Lease } from './lease.ts';
import { rebuildWorkspace } from './rebuild.ts';
import type { SessionFacts } from './system-prompt.ts';

export type WorkspaceParts = {
  record: SessionRecord;
  /** An earlier activation may have left a sandbox. */
  mayExist: boolean;
  /** Chosen when the sandbox is first needed: a caller may bring a key later. */
  source(): SandboxSource;
  /** Removes what an earlier activation has left. */
  removeLeft(): Promise<void>;
  git: Pick<GitProxy, 'grant'>;
  gitToken(): string | null;
  /** What the session did before. */
  events: readonly StoredEvent[];
  /** Its place in the queue for a sandbox, from 1. */
  onQueued(position: number): void;
  recordEvent(recorded: ToolEvent): void;
};

const cutShortFailure = failed('repositoryFailed', 'The cloning of the repository was interrupted.');
const notCloned = 'Its repository is not cloned in mock mode.';

export class Workspace {
  readonly #parts: WorkspaceParts;
  readonly #lease: Lease;
  /** Made when it is needed: most sessions clone nothing, and it is a kilobyte. */
  #leavingController: AbortController | undefined;
  #grant: GitGrant | undefined;
  #repository: { url: string; path: string } | undefined;
  #warnings: string[] = [];
  #isInMemory = false;
  #hasLeft = false;
  /** Since the sandbox was last asked for. */
  #isCut = false;
  #cloning: AbortController | undefined;

  constructor(parts: WorkspaceParts) {
    this.#parts = parts;
    const { record, mayExist, onQueued } = parts;
    this.#lease = new Lease({
      open: () => {
        this.#isCut = false;
        return parts.source().open({ ...record, mayExist, onQueued });
      },
      prepare: (opened) => this.#prepare(opened),
      removeLeft: async () => void (mayExist && (await parts.removeLeft())),
    });
  }

  get #leaving(): AbortSignal {
    if (this.#hasLeft) return AbortSignal.abort();
    this.#leavingController ??= new AbortController();
    return this.#leavingController.signal;
  }

  /** What people must know about it, once it is open. */
  get warning(): string {
    return this.#warnings.join(' ');
  }

  /** What a model is told of it. */
  facts(sandbox: Sandbox): Omit<SessionFacts, 'tools'> {
    const { gitUserName, gitUserEmail, branch } = this.#parts.record.settings;
    const repository = this.#repository && {
      url: this.#repository.url,
      folder: this.#repository.path.replace(workspace, sandbox.root),
      branch,
    };
    const gitUser = gitUserName !== null && gitUserEmail !== null && { name: gitUserName, email: gitUserEmail };
    return { kind: sandbox.kind, workspace: sandbox.root, repository, ...(gitUser && { gitUser }) };
  }

  /** Whether there is a sandbox to be given back that costs more than a little memory of ours. */
  get holdsSandbox(): boolean {
    return this.#lease.isOpen && !this.#isInMemory;
  }

  sandbox(): Promise<Outcome<Sandbox>> {
    return this.#lease.sandbox();
  }

  /** Ends the cloning that runs or would begin: whoever waits hears so, and whoever needs the workspace next begins anew. */
  cutShort(): void {
    this.#isCut = true;
    this.#cloning?.abort();
  }

  /** Whether it was not made ready because of that. */
  get wasCutShort(): boolean {
    return this.#isCut;
  }

  async list(): Promise<Outcome<Tree>> {
    const sandbox = await this.sandbox();
    return sandbox.ok ? sandbox.value.list() : sandbox;
  }

  async read(path: string, part: FilePart): Promise<Outcome<FileContent>> {
    const sandbox = await this.sandbox();
    return sandbox.ok ? sandbox.value.read(path, part) : sandbox;
  }

  /** It stays for the session's next activation. */
  release(): Promise<void> {
    this.#leave();
    return this.#lease.release();
  }

  /** It goes, with all that is in it. */
  close(): Promise<void> {
    this.#leave();
    return this.#lease.close();
  }

  /** It is another owner's by now. */
  abandon(): Promise<void> {
    const abandoned = this.#lease.abandon(); // First: a clone that is cut short would be ended in another owner's sandbox.
    this.#leave();
    return abandoned;
  }

  #leave(): void {
    this.#hasLeft = true;
    this.#leavingController?.abort();
    this.#grant?.revoke();
  }

  async #prepare({ sandbox, isFresh }: OpenedSandbox): Promise<Outcome<void>> {
    this.#warnings = sandbox.warning === undefined ? [] : [sandbox.warning];
    this.#isInMemory = sandbox.kind === 'memory';
    const { events, record } = this.#parts;
    if (sandbox.kind === 'memory') {
      if (record.settings.repoUrl !== null) this.#warnings.push(notCloned);
      if (isFresh) await rebuildWorkspace(sandbox, events);
      return succeeded(undefined);
    }
    if (isFresh && events.some((event) => event.metadata?.toolCall)) this.#tellEmptied();
    return record.settings.repoUrl === null ? succeeded(undefined) : this.#clone(sandbox, record.settings.repoUrl);
  }

  async #clone(sandbox: Sandbox, repoUrl: string): Promise<Outcome<void>> {
    const { git, gitToken, record } = this.#parts;
    if (this.#isCut) return cutShortFailure;
    this.#cloning = new AbortController();
    this.#grant?.revoke();
    const grant = await git.grant({ repoUrl, token: gitToken() });
    if (!grant.ok) return grant;
    this.#grant = grant.value;
    const { branch, gitUserName: userName, gitUserEmail: userEmail } = record.settings;
    const signal = AbortSignal.any([this.#leaving, this.#cloning.signal]);
    const who = { userName, userEmail };
    const cloned = await prepareRepository(sandbox, { grant: grant.value, branch, ...who, signal });
    this.#cloning = undefined;
    if (!cloned.ok) {
      grant.value.revoke();
      return this.#isCut ? cutShortFailure : cloned;
    }
    this.#repository = { url: grant.value.repoUrl, path: cloned.value.path };
    if (cloned.value.isNew) this.#tellCloned(this.#repository, cloned.value.isEmpty);
    return succeeded(undefined);
  }

  #tellCloned({ url, path }: { url: string; path: string }, isEmpty: boolean): void {
    const { branch } = this.#parts.record.settings;
    const cloned = `Cloned ${url}${branch === null ? '' : `, branch ${branch},`} into ${path}.`;
    const content = isEmpty ? `${cloned} It is empty: nobody has pushed to it yet.` : cloned;
    this.#parts.recordEvent({ eventType: 'RepositoryCloned', content, metadata: { path } });
  }

  /** Where a real workspace is gone with work in it, the agent and the clients hear so. */
  #tellEmptied(): void {
    const content = 'The workspace was given up while the session rested; it is empty now.';
    this.#parts.recordEvent({ eventType: 'WorkspaceEmptied', content, metadata: {} });
  }
}
