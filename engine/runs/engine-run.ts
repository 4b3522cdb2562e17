// This start of the engine among others on the same database: shows that it is alive, and finds what dead ones left.
import type { DatabasePool, DatabasePoolConnection } from 'slonik';
import { v7 as uuid } from 'uuid';
import { runOnConnection } from '../../actors/persistence/database-pool.ts';
import { limits } from '../../schema/limits.ts';
import { insertRun } from '../database/queries/insert-run.ts';
import { type CutSession, type LeftSession, takeOverRuns } from '../database/queries/take-over-runs.ts';
import { updateRunBeat } from '../database/queries/update-run-beat.ts';
import { updateRunEnds } from '../database/queries/update-run-ends.ts';
import type { RunNotes } from './run-notes.ts';

export type EngineRunDependencies = {
  pool: DatabasePool;
  /** Whether PostgreSQL was waited for: others may look dead that could not beat either. */
  wasAway: boolean;
  notes: Pick<RunNotes, 'add' | 'remove' | 'findDead'>;
};

/** What the engine does about what its run finds out. */
export type RunListener = {
  /** Gets sessions that belong to this run now and whose turn was cut, oldest first. */
  onTakenOver(sessions: readonly CutSession[]): void;
  /** Gets at once the sessions whose clients lost their engine, and may come back to this one. */
  onLeft(sessions: readonly LeftSession[]): void;
  /** Others have declared this engine dead: it has no sessions any more, and goes on as the run of this id. */
  onDeclaredDead(runId: string): void;
  onFailed(error: unknown): void;
};

/** One that is silent for so long is dead to the others: several beats, and well below what a client waits for. */
export const runSilenceMs = 5_000;
/** A run that began since the last look isn't silent for two beats yet; half a beat is left for its first row to be seen. */
const aloneForMs = 1.5 * limits.runBeatIntervalMs;

export class EngineRun {
  readonly #dependencies: EngineRunDependencies;
  #started: RunListener | undefined;
  #id = uuid();
  #timer: NodeJS.Timeout | undefined;
  #isBeating = false;
  /** Since when PostgreSQL has answered every beat at once; who starts has just been answered. */
  #steadySinceMs: number | undefined = Number.NEGATIVE_INFINITY;
  #isDraining = false;
  /** Whether sessions may be this run's that it doesn't know of: the reply that named them was lost. */
  #isTakeOverUnsure = false;
  #takingOver: Promise<unknown> = Promise.resolve();
  /** When the last beat was sent that found no other run on the database. */
  #aloneAtMs: number | undefined;

  constructor(dependencies: EngineRunDependencies) {
    this.#dependencies = dependencies;
    if (dependencies.wasAway) this.#steadySinceMs = undefined;
  }

  get id(): string {
    return this.#id;
  }

  /** Whether there may be another run that has missed two beats; asking the database is no use where there can't be. */
  get mayAnotherBeSilent(): boolean {
    return this.#aloneAtMs === undefined || performance.now() - this.#aloneAtMs > aloneForMs;
  }

  /**
   * Resolves once others know that this run's sessions are not for the taking, and when what earlier runs on the same
   * storage left may be claimed here. Their cut turns go on a little later: clients who come back go first. It may be
   * called again after it failed.
   */
  async start(listener: RunListener): Promise<void> {
    this.#started = listener;
    const { pool, notes } = this.#dependencies;
    await pool.query(insertRun(this.#id));
    const dead = await pool.anyFirst(updateRunEnds(await notes.findDead())); // Others may be of another database.
    const taken = await this.#takeOver(null);
    if (taken.length > 0) setTimeout(listener.onTakenOver, limits.runBeatIntervalMs, taken).unref();
    await this.#writeNotes(dead);
    this.#timer = setInterval(() => void this.beat(), limits.runBeatIntervalMs);
    this.#timer.unref();
  }

  /** Beats once, unless a beat is under way: while PostgreSQL is away they would only pile up. */
  async beat(): Promise<void> {
    if (this.#isBeating) return;
    this.#isBeating = true;
    try {
      await this.#showAlive();
      if (!this.#isDraining) await this.#takeOverCut();
    } catch (error) {
      if (this.#steadySinceMs !== undefined) this.#listener.onFailed(error); // Once an outage, not once a second.
      this.#steadySinceMs = undefined;
    } finally {
      this.#isBeating = false;
    }
  }

  /** Resolves once it is known here what has been taken over by now. */
  async waitForTakeOver(): Promise<void> {
    await this.#takingOver.catch(() => undefined); // Who began it gets the error.
  }

  /** From now on nothing is taken over, and this run goes on beating. */
  stopTakingOver(): void {
    this.#isDraining = true;
  }

  /** Ends the run, once all is stored: the next engine may have every session at once. */
  async endRun(): Promise<void> {
    this.close();
    const { pool, notes } = this.#dependencies;
    await pool.query(updateRunEnds([this.#id])).catch(this.#listener.onFailed);
    await notes.remove([this.#id]).catch(this.#listener.onFailed);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  get #listener(): RunListener {
    if (!this.#started) throw new Error('The run has not been started.');
    return this.#started;
  }

  async #showAlive(): Promise<void> {
    const beganMs = performance.now();
    const beat = await this.#queryInTime((connection) => connection.maybeOne(updateRunBeat(this.#id)));
    const nowMs = performance.now();
    if (nowMs - beganMs > limits.runBeatIntervalMs) this.#steadySinceMs = undefined;
    this.#steadySinceMs ??= nowMs;
    this.#aloneAtMs = beat?.hasOthers === false ? beganMs : undefined;
    if (beat === null) await this.#beginAnew();
  }

  /** An id that was declared dead is never used again: whoever claims from it must be right for good. */
  async #beginAnew(): Promise<void> {
    const [dead, id] = [this.#id, uuid()];
    await this.#queryInTime((connection) => connection.query(insertRun(id)));
    this.#id = id;
    this.#listener.onDeclaredDead(id);
    await this.#writeNotes([dead]);
  }

  /** A failure is no more than logged: a run without a note is found dead by its silence. */
  async #writeNotes(dead: readonly string[]): Promise<void> {
    const { notes } = this.#dependencies;
    await Promise.all([notes.add(this.#id), notes.remove(dead)]).catch(this.#listener.onFailed);
  }

  /** After an outage of PostgreSQL every run looks dead for a moment; until then only a run that said it is over is dead. */
  get #mayDeclareDead(): boolean {
    return performance.now() - (this.#steadySinceMs ?? 0) >= runSilenceMs;
  }

  /** In bounded time: a connection that says nothing any more must not keep this run silent for good. */
  #queryInTime<T>(work: (connection: DatabasePoolConnection) => Promise<T>): Promise<T> {
    return runOnConnection(this.#dependencies.pool, limits.databaseSilenceTimeoutMs, work);
  }

  async #takeOverCut(): Promise<void> {
    const taken = await this.#takeOver(this.#mayDeclareDead ? runSilenceMs : null);
    if (taken.length > 0) this.#listener.onTakenOver(taken);
  }

  async #takeOver(silenceMs: number | null): Promise<readonly CutSession[]> {
    const asked = { silenceMs, isAgain: this.#isTakeOverUnsure };
    this.#isTakeOverUnsure = true;
    const taking = this.#queryInTime((connection) =>
      takeOverRuns(this.#dependencies.pool, connection, this.#id, asked),
    );
    this.#takingOver = taking;
    const taken = await taking;
    this.#isTakeOverUnsure = false;
    this.#listener.onLeft([...taken.left, ...taken.cut]);
    return taken.cut;
  }
}
