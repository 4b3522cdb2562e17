// Keeps a session's workspace outside of its sandbox: a snapshot after each step that changed files, one at a time.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { waitWithin } from '../../sandbox/scheduling/wait-within.ts';
import type { RestoredSnapshot } from '../../sandbox/snapshot/restore-snapshot.ts';
import type { OpenSnapshots, SnapshotArchive } from '../../sandbox/snapshot/snapshot-archive.ts';
import { nameOfPoint, pointOfName, type SnapshotPoint, withTold } from '../../sandbox/snapshot/snapshot-name.ts';
import type { StoredSnapshot } from '../../sandbox/snapshot/snapshot-store.ts';
import { SandboxRefusal, type WorkspaceSnapshots } from '../../sandbox/snapshot/workspace-snapshots.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { SessionRecord } from '../../schema/session.ts';
import type { Recorder } from './recorder.ts';

/** A turn's end waits no longer for its snapshot: the first one of a large repository over a slow connection takes a minute. */
const settleTimeoutMs = 60_000;
/** One that is cut has somebody who waits for its end: a drain has 25 s for its 10 s of turns and two such waits. */
const cutSettleTimeoutMs = 6_000;

/** How long a store that failed is left alone, but for a turn's end. */
const failureRestMs = 30_000;

/** A new base after so many differences, since all are read when it is restored, or once they outweigh the base. */
const differencesMax = 20;
const differenceBytesMin = 8 * 1024 * 1024;

const storeAway = failed(
  'sandboxUnavailable',
  "The store of workspaces can't be read now, so this one isn't begun anew.",
  {
    retryAfterMs: 5_000,
  },
);

export type SnapshotsDependencies = {
  record: Pick<SessionRecord, 'sessionId' | 'epoch' | 'settings'>;
  recorder: Pick<Recorder, 'recordEvent' | 'waitUntilStored' | 'sequence' | 'events' | 'hasStopped'>;
  /** Opens the store when it is first needed; absent where none is configured. */
  open: OpenSnapshots | undefined;
  /** Whether earlier activations may have left snapshots. */
  mayExist: boolean;
  onTrouble(reason: string): void;
};

export class SessionSnapshots {
  readonly #dependencies: SnapshotsDependencies;
  /** The last one that is stored. */
  #last: StoredSnapshot | undefined;
  #isLastKnown: boolean;
  #isWanted = false;
  /** The last event when files were last known to have changed. */
  #changedAt = 0;
  #hasEnded = false;
  #working: Promise<void> | undefined;
  /** Resolves once the files of the last step are taken, or can't be. */
  #taking: PromiseWithResolvers<void> | undefined;
  /** After a failure a step begins none for a while: it would wait for a store that is away. */
  #restsUntilMs = 0;
  /** Counts the workspaces: what was taken of one that was lost meanwhile is dropped. */
  #workspaces = 0;
  /** A base that is stored, behind which all events are this owner's once one of them is: older snapshots are removed then. */
  #newBase: (SnapshotPoint & { behind: number }) | undefined;
  /** Whether a workspace was lost that could not be restored: what is stored of it stays. */
  #hasUnrestored = false;
  readonly #toldNames = new Set<string>();
  /** The last event that was there when this owner began. */
  readonly #begunAt: number;
  /** The names of those that this owner has stored since its last base. */
  #ownNames = new Set<string>();

  constructor(dependencies: SnapshotsDependencies) {
    this.#dependencies = dependencies;
    this.#isLastKnown = !dependencies.mayExist;
    this.#begunAt = dependencies.recorder.sequence;
  }

  /** The name of the last one that is stored, as far as this activation knows, or the events before it tell. */
  get lastName(): string | undefined {
    return this.#isLastKnown ? this.#last?.name : this.#toldName;
  }

  /** The name that an event told last; those that were copied from another session are of its snapshots. */
  get #toldName(): string | undefined {
    const { recorder, record } = this.#dependencies;
    const copied = record.settings.forkedFrom?.sequence ?? 0;
    return recorder.events.findLast(({ sequence, metadata }) => sequence > copied && metadata?.snapshot !== undefined)
      ?.metadata?.snapshot;
  }

  /** Files have changed: a snapshot begins as soon as the one before is stored. */
  noteChange({ snapshots }: Sandbox): void {
    const { open } = this.#dependencies;
    if (!open || !snapshots || this.#hasEnded) return;
    this.#isWanted = true;
    this.#changedAt = this.#dependencies.recorder.sequence;
    if (performance.now() >= this.#restsUntilMs) this.#begin(open, snapshots);
  }

  #begin(open: OpenSnapshots, snapshots: WorkspaceSnapshots): void {
    this.#taking ??= Promise.withResolvers();
    this.#working ??= this.#takeWhileWanted(open, snapshots).finally(() => {
      this.#working = undefined;
    });
  }

  /**
   * Resolves once the files are taken as the last step has left them, stored or not, or the turn is cut; undefined where they
   * are.
   */
  waitUntilTaken(signal: AbortSignal): Promise<unknown> | undefined {
    return this.#taking && waitWithin(this.#taking.promise, settleTimeoutMs, signal);
  }

  /** Resolves once all is stored, or that took too long. @param signal the cut of what waits for it */
  async settle(sandbox?: Pick<Sandbox, 'snapshots'>, signal?: AbortSignal): Promise<void> {
    const { open } = this.#dependencies;
    const snapshots = sandbox?.snapshots;
    if (this.#isWanted && open && snapshots && !this.#hasEnded) this.#begin(open, snapshots);
    if (this.#working && !signal?.aborted) await waitWithin(this.#working, settleTimeoutMs, signal);
    if (this.#working && signal?.aborted) await waitWithin(this.#working, cutSettleTimeoutMs);
  }

  /** No more are taken: the sandbox is given back. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Removes what the last base has made needless, once an event behind it is stored. */
  async tidy(): Promise<void> {
    const base = this.#newBase;
    const { recorder, record, open } = this.#dependencies;
    const { sequence } = recorder;
    if (!base || !open || sequence <= base.behind || !(await recorder.waitUntilStored(sequence))) return;
    this.#newBase = undefined;
    await this.#tryQuietly(async () => (await open()).store.removeBefore(record.sessionId, base));
  }

  /** Removes all of the session's. An end that isn't stored is none: another owner has the session then. */
  async removeAll(): Promise<void> {
    const { open, record, recorder } = this.#dependencies;
    if (!open) return;
    this.end();
    const isGone = recorder.hasStopped; // Its chat was deleted.
    if (!isGone && !(await recorder.waitUntilStored(recorder.sequence))) return;
    await this.#tryQuietly(async () => {
      const { store } = await open();
      await this.#working;
      await store.removeAll(record.sessionId);
    });
  }

  /**
   * Puts the last snapshot into a fresh workspace.
   * @param prepare makes room, where there is one
   * @returns undefined where there is none; a failure where that can't be known now
   */
  async restore(
    { snapshots }: Sandbox,
    prepare: () => Promise<unknown>,
  ): Promise<Outcome<RestoredSnapshot | undefined>> {
    const { open, record, onTrouble } = this.#dependencies;
    if (!open || !snapshots) return succeeded(undefined);
    this.#workspaces++;
    this.#isWanted = false;
    await this.#working;
    try {
      const { store, restoreNewest } = await open();
      const names = withTold(await this.#list(store), this.#toldName);
      if (names.length === 0) return succeeded(undefined);
      await prepare();
      const restored = await restoreNewest(store, record.sessionId, names, snapshots);
      this.#hasUnrestored = !restored.ok;
      if (!restored.ok) return restored;
      this.#last = restored.value.snapshot;
      this.#isLastKnown = true;
      return restored;
    } catch (error) {
      onTrouble(reasonOf(error));
      this.#hasUnrestored = true;
      return storeAway;
    }
  }

  async #takeWhileWanted(open: OpenSnapshots, snapshots: WorkspaceSnapshots): Promise<void> {
    while (this.#isWanted && !this.#hasEnded) {
      this.#isWanted = false;
      try {
        await this.#takeOne(await open(), snapshots);
        this.#restsUntilMs = 0;
      } catch (error) {
        this.#restsUntilMs = performance.now() + failureRestMs;
        this.#tellFailure(error);
        break;
      } finally {
        this.#endTaking();
      }
    }
  }

  #endTaking(): void {
    this.#taking?.resolve();
    this.#taking = undefined;
  }

  async #takeOne({ store }: SnapshotArchive, snapshots: WorkspaceSnapshots): Promise<void> {
    const { recorder, record } = this.#dependencies;
    const workspace = this.#workspaces;
    const point = { epoch: record.epoch, sequence: this.#changedAt };
    if (!(await recorder.waitUntilStored(point.sequence)) || this.#hasEnded) return;
    await this.tidy();
    await this.#findLast(store);
    const name = nameOfPoint(point);
    if (this.#last?.name === name) return; // Nothing has been recorded since; what runs in the background is in the next one.
    const taken = await snapshots.take(this.#needsBase ? undefined : this.#last?.commit);
    if (!this.#isWanted) this.#endTaking(); // Otherwise another step has ended meanwhile.
    if (!taken.ok) throw new SandboxRefusal(taken.failure.detail);
    if (!taken.value || this.#workspaces !== workspace || this.#hasEnded) return;
    const { commit, isBase, bytes } = taken.value;
    const before = isBase ? undefined : this.#last;
    const head = {
      commit,
      before: before ? [...before.before, before.name] : [],
      baseBytes: before?.baseBytes ?? bytes,
      differenceBytes: before ? before.differenceBytes + bytes : 0,
    };
    await store.put(record.sessionId, point, head, store.readTaken(snapshots, taken.value));
    this.#last = { ...head, name };
    this.#ownNames = new Set([...(isBase ? [] : this.#ownNames), name]);
    if (isBase && !this.#hasUnrestored) this.#newBase = { ...point, behind: recorder.sequence };
    this.#tellLeftOut(taken.value);
  }

  get #needsBase(): boolean {
    if (!this.#last) return true;
    const { before, baseBytes, differenceBytes } = this.#last;
    return before.length >= differencesMax || differenceBytes > Math.max(baseBytes, differenceBytesMin);
  }

  /**
   * Lists what was taken of this conversation, the newest first. Others are of a conversation that a database restored from a
   * backup has lost: an earlier owner has taken none behind the event at which this one began.
   */
  async #list(store: SnapshotArchive['store']): Promise<string[]> {
    const { record, recorder } = this.#dependencies;
    const names = await store.list(record.sessionId, recorder.sequence);
    return names.filter((name) => {
      const point = pointOfName(name);
      return point && (this.#ownNames.has(name) || (point.epoch < record.epoch && point.sequence <= this.#begunAt));
    });
  }

  /** One that is damaged is followed by a base. */
  async #findLast(store: SnapshotArchive['store']): Promise<void> {
    if (this.#isLastKnown) return;
    const { record } = this.#dependencies;
    const [name] = await this.#list(store);
    this.#last = name === undefined ? undefined : await store.findHead(record.sessionId, name);
    this.#isLastKnown = true;
  }

  #tellLeftOut({ leftOut, leftOutNames }: { leftOut: number; leftOutNames: readonly string[] }): void {
    const names = leftOutNames.filter((name) => !this.#toldNames.has(name));
    for (const name of names) this.#toldNames.add(name);
    if (names.length === 0) return;
    const more = leftOut > leftOutNames.length ? ` and ${leftOut - leftOutNames.length} more` : '';
    const content = `Not kept outside of this machine, since they have more than 32 MiB, can't be read, or are repositories beyond the first 50: ${names.join(', ')}${more}.`;
    this.#dependencies.recorder.recordEvent({ role: 'system', eventType: 'AgentNotice', content });
  }

  /** Told once, until one is stored again. What the store says may name addresses and paths of the machine, and is for the log. */
  #tellFailure(error: unknown): void {
    const { recorder, onTrouble } = this.#dependencies;
    onTrouble(reasonOf(error));
    const reason = error instanceof SandboxRefusal ? error.message : "The store of workspaces can't be written now.";
    const told = recorder.events.findLast(({ eventType }) => eventType === 'SnapshotFailed');
    const isTold = told !== undefined && told.metadata?.snapshot === this.lastName;
    if (isTold || this.#hasEnded) return;
    const since = this.lastName === undefined ? '' : ' What was kept before stays.';
    const content = `The workspace could not be kept outside of its sandbox: ${reason}${since}`;
    recorder.recordEvent({
      role: 'system',
      eventType: 'SnapshotFailed',
      content,
      metadata: this.lastName === undefined ? {} : { snapshot: this.lastName },
    });
  }

  async #tryQuietly(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#dependencies.onTrouble(reasonOf(error));
    }
  }
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return error.message || String(code ?? error.name);
};
