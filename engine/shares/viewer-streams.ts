// The streams that are open by shares: ended once their share is gone, and brought up to what another engine has stored.
import { elsewhere, type Failure, failed } from '../../schema/error.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import type { Log } from '../log.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { Viewer } from '../sessions/access.ts';
import { selectWatched, type Watched } from './queries/select-watched.ts';

/** How long a stream may go on after its share was revoked at another engine, or has expired. */
const lookIntervalMs = 1_000;

export type ViewerStreamsDependencies = {
  queries: Pick<ReadQueries, 'any'>;
  run: Pick<EngineRun, 'id'>;
  /** Whether this engine has the session, so that its frames come by themselves. */
  isLive(sessionId: string): boolean;
  /** Whether sessions of other engines are reached over a bus, so that nobody has to connect to another one. */
  isClustered?: boolean;
  log: Pick<Log, 'warn'>;
  now(): number;
};

export type ViewerStream = {
  readonly isClosed: boolean;
  /** The error is the last that the viewer gets. */
  refuse(failure: Failure): void;
  /** Reads what is stored up to a sequence, where it didn't come. */
  expect(lastSequence: number): void;
};

/** The streams of one share. */
type OfShare = { expiresAtMs: number; streams: Set<ViewerStream> };

export class ViewerStreams {
  readonly #dependencies: ViewerStreamsDependencies;
  readonly #byShare = new Map<string, OfShare>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #hasFailed = false;

  constructor(dependencies: ViewerStreamsDependencies) {
    this.#dependencies = dependencies;
  }

  add({ shareId, expiresAtMs }: Viewer, stream: ViewerStream): void {
    const known = this.#byShare.get(shareId);
    if (known) known.streams.add(stream);
    else this.#byShare.set(shareId, { expiresAtMs, streams: new Set([stream]) });
    this.#timer ??= setInterval(() => void this.look(), lookIntervalMs).unref();
  }

  /** To be called once its row is gone. */
  end(shareId: string): void {
    const ofShare = this.#byShare.get(shareId);
    if (!ofShare) return;
    this.#byShare.delete(shareId);
    const reason = ofShare.expiresAtMs <= this.#dependencies.now() ? hasExpired : wasRevoked;
    for (const stream of ofShare.streams) stream.refuse(reason);
  }

  /** Looks once, unless a look is under way: looks would pile up while PostgreSQL is silent. */
  async look(): Promise<void> {
    this.#forgetClosed();
    if (this.#isLooking || this.#byShare.size === 0) return;
    this.#isLooking = true;
    try {
      await this.#lookAtAll([...this.#byShare.keys()]);
      this.#hasFailed = false;
    } catch (error) {
      const reason = reasonOf(error);
      if (!this.#hasFailed) this.#dependencies.log.warn('shares.failed', { reason }); // One line for each outage.
      this.#hasFailed = true;
    } finally {
      this.#isLooking = false;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #lookAtAll(shareIds: readonly string[]): Promise<void> {
    const rows = await this.#dependencies.queries.any(selectWatched(shareIds));
    const standing = new Map(rows.map((row) => [row.shareId, row]));
    for (const shareId of shareIds) {
      const row = standing.get(shareId);
      if (row) this.#catchUp(row);
      else this.end(shareId);
    }
  }

  /** A session that rested may go on at another engine, whose transient frames only its own streams have. */
  #catchUp({ shareId, sessionId, livingRunId, lastSequence }: Watched): void {
    const { run, isLive, isClustered } = this.#dependencies;
    if (isLive(sessionId)) return;
    const isElsewhere = livingRunId !== null && livingRunId !== run.id;
    for (const stream of this.#byShare.get(shareId)?.streams ?? [])
      if (isElsewhere && !isClustered) stream.refuse(elsewhere.failure);
      else stream.expect(lastSequence);
  }

  #forgetClosed(): void {
    for (const [shareId, { streams }] of this.#byShare) {
      for (const stream of streams) if (stream.isClosed) streams.delete(stream);
      if (streams.size === 0) this.#byShare.delete(shareId);
    }
    if (this.#byShare.size === 0) this.close();
  }
}

const hasExpired = failed('notAuthenticated', 'The share has expired.').failure;
const wasRevoked = failed('notAuthenticated', 'The share was revoked.').failure;
