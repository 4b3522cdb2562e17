// This start of the engine, a run, among others on the same database: shows that it is alive, and takes over dead ones.
import type { DatabasePool, DatabasePoolConnection } from 'slonik';
import { v7 as uuid } from 'uuid';
import { runOnConnection } from '../../actors/persistence/database-pool.ts';
import { limits } from '../../schema/limits.ts';
import type { AskedOfRun, Boot, RunLoad, RunState } from '../../schema/ownership.ts';
import { deleteOldSpending } from '../database/queries/delete-old-spending.ts';
import { insertRun } from '../database/queries/insert-run.ts';
import { type CutSession, type LeftSession, takeOverRuns } from '../database/queries/take-over-runs.ts';
import { updateRunBeat } from '../database/queries/update-run-beat.ts';
import { updateRunEnds } from '../database/queries/update-run-ends.ts';
import { trialMs } from '../sessions/recovery.ts';
import type { RunNotes } from './run-notes.ts';
import { Touch } from './touch.ts';

export type EngineRunDependencies = {
  pool: DatabasePool;
  /** Whether PostgreSQL was away at the start, so that living runs may look dead. */
  wasAway: boolean;
  notes: Pick<RunNotes, 'add' | 'remove' | 'findDead'>;
  boot: Boot;
  /** How much the engine has to do, for the other runs. */
  describeLoad(): RunLoad;
  /** Whether the engine takes no new work, since an operator asked for that. */
  isDrainAsked(): boolean;
};

/** The engine's handling of what its run finds out. */
export type RunListener = {
  /** Gets sessions that belong to this run now and whose turn was cut, oldest first. */
  onTakenOver(sessions: readonly CutSession[]): void;
  /** Gets the sessions whose clients lost their engine and may come back to this one. */
  onLeft(sessions: readonly LeftSession[]): void;
  /** Called once others have declared this run dead: the engine has no sessions any more, and goes on as the run `runId`. */
  onDeclaredDead(runId: string): void;
  /** Gets what an operator has asked of this run at another engine, once. */
  onAsked(asked: AskedOfRun): void;
  onFailed(error: unknown): void;
};

/** How long a run may be silent before others take it for dead: several beats, and less than clients wait. */
export const runSilenceMs = 5_000;
/** How long no other run can be silent after none was found: two beats of silence, less half a beat for a run that just began. */
const aloneForMs = 1.5 * limits.runBeatIntervalMs;

export class EngineRun {
  readonly #dependencies: EngineRunDependencies;
  #started: RunListener | undefined;
  #id = uuid();
  #timer: NodeJS.Timeout | undefined;
  #isBeating = false;
  #isTakingOver = false;
  #hasEnded = false;
  #touch = new Touch(performance.now(), false);
  /** Whether the last beat failed. */
  #isAway = false;
  #state: Extract<RunState, 'open' | 'draining' | 'isolated'> = 'open';
  /** Whether a take-over's reply may have been lost, so that this run has sessions that it doesn't know of. */
  #isTakeOverUnsure = false;
  /** Until when the suspects that were taken over last are tried alone. */
  #triedUntilMs = 0;
  #takingOver: Promise<unknown> = Promise.resolve();
  /** Sessions that it has taken over from dead runs. */
  takenOver = 0;
  /** How often others have declared a run of this process dead. */
  deaths = 0;
  /** The ask that was heard last. */
  #heardAsk: string | undefined;
  /** When PostgreSQL took the last beat. */
  #beatAtMs = Number.NEGATIVE_INFINITY;
  /** When the last beat began, if it found no other run. */
  #aloneAtMs: number | undefined;

  constructor(dependencies: EngineRunDependencies) {
    this.#dependencies = dependencies;
  }

  get id(): string {
    return this.#id;
  }

  /** How the run stands, as its beats tell the others. */
  get state(): Extract<RunState, 'open' | 'draining' | 'isolated'> {
    return this.#dependencies.isDrainAsked() ? 'draining' : this.#state;
  }

  /** Since its last beat that PostgreSQL took, or since the start. */
  get beatAgeMs(): number {
    return performance.now() - Math.max(0, this.#beatAtMs);
  }

  /** Whether another run may have missed two beats; where none can, no query is needed. */
  get mayAnotherBeSilent(): boolean {
    return this.#aloneAtMs === undefined || performance.now() - this.#aloneAtMs > aloneForMs;
  }

  /** Whether PostgreSQL takes this run's beats: one may be late. */
  get isStoring(): boolean {
    return performance.now() - this.#beatAtMs < 2.5 * limits.runBeatIntervalMs;
  }

  /**
   * Resolves once other runs respect this one's sessions, and the sessions of earlier runs on the same storage may be
   * claimed here. Their cut turns go on a little later, since clients who come back go first. May be called again after
   * a failure.
   */
  async start(listener: RunListener): Promise<void> {
    this.#started = listener;
    const { pool, notes } = this.#dependencies;
    await pool.query(insertRun(this.#id, this.#dependencies.boot));
    this.#touch = new Touch(performance.now(), !this.#dependencies.wasAway);
    await pool.query(deleteOldSpending);
    const dead = await pool.anyFirst(updateRunEnds(await notes.findDead(), 'died')); // Some may be of another database.
    const taken = await this.#takeOver(null);
    if (taken.length > 0) setTimeout(listener.onTakenOver, limits.runBeatIntervalMs, taken).unref();
    await this.#writeNotes(dead);
    this.#timer = setInterval(() => void this.beat(), limits.runBeatIntervalMs);
    this.#timer.unref();
  }

  /**
   * Beats once, unless a beat is under way: beats would pile up while PostgreSQL is away. Then takes over what is dead, unless it
   * does so already: that takes seconds where a run had very many sessions, in which this one must not fall silent itself.
   */
  async beat(): Promise<void> {
    if (this.#isBeating) return;
    this.#isBeating = true;
    const isShown = await this.#attempt(() => this.#showAlive());
    this.#isBeating = false;
    if (!isShown || this.state !== 'open' || this.#isTakingOver) return;
    this.#isTakingOver = true;
    await this.#attempt(() => this.#takeOverCut());
    this.#isTakingOver = false;
  }

  /** Resolves once the take-over that is under way is known here. */
  async waitForTakeOver(): Promise<void> {
    await this.#takingOver.catch(() => undefined); // The beat that began it reports the error.
  }

  /** Takes nothing over from now on, but goes on beating, and shows the others that it is about to end. */
  startDraining(): void {
    this.#state = 'draining';
    void this.beat();
  }

  /** Shows the others whether it can reach them; one that can't takes nothing over. */
  markIsolated(isIsolated: boolean): void {
    if (this.#state !== 'draining') this.#state = isIsolated ? 'isolated' : 'open';
  }

  /** Ends the run, once all is stored, so that other engines may have every session at once. */
  async endRun(): Promise<void> {
    this.close();
    this.#hasEnded = true;
    const { pool, notes } = this.#dependencies;
    await pool.query(updateRunEnds([this.#id], 'ended')).catch(this.#listener.onFailed);
    await notes.remove([this.#id]).catch(this.#listener.onFailed);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** @returns whether it succeeded */
  async #attempt(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      if (!this.#isAway) this.#listener.onFailed(error); // One line for each outage.
      this.#isAway = true;
      return false;
    }
  }

  get #listener(): RunListener {
    if (!this.#started) throw new Error('The run has not been started.');
    return this.#started;
  }

  async #showAlive(): Promise<void> {
    const beganMs = performance.now();
    const shown = { state: this.state, load: this.#dependencies.describeLoad() };
    const beat = await this.#queryInTime((connection) => connection.maybeOne(updateRunBeat(this.#id, shown)));
    const nowMs = performance.now();
    this.#beatAtMs = nowMs;
    this.#isAway = false;
    this.#touch.note(nowMs);
    this.#aloneAtMs = beat?.hasOthers === false ? beganMs : undefined;
    if (beat === null && !this.#hasEnded) await this.#beginAnew();
    if (beat?.asked) this.#hear(beat.asked);
  }

  /** The word stays in the row, so that none is lost where a beat's reply is. */
  #hear(asked: AskedOfRun): void {
    if (asked.id === this.#heardAsk) return;
    this.#heardAsk = asked.id;
    this.#listener.onAsked(asked);
  }

  /** Goes on under another id: the dead one is never used again, since sessions may be claimed from it for good. */
  async #beginAnew(): Promise<void> {
    const [dead, id] = [this.#id, uuid()];
    this.deaths++;
    await this.#queryInTime((connection) => connection.query(insertRun(id, this.#dependencies.boot)));
    this.#id = id;
    this.#listener.onDeclaredDead(id);
    await this.#writeNotes([dead]);
  }

  /** A failure is only logged, since a run without a note is found dead by its silence. */
  async #writeNotes(dead: readonly string[]): Promise<void> {
    const { notes } = this.#dependencies;
    await Promise.all([notes.add(this.#id), notes.remove(dead)]).catch(this.#listener.onFailed);
  }

  /** Bounds a query in time, so that a silent connection doesn't keep this run silent for good. */
  #queryInTime<T>(work: (connection: DatabasePoolConnection) => Promise<T>): Promise<T> {
    return runOnConnection(this.#dependencies.pool, limits.databaseSilenceTimeoutMs, work);
  }

  async #takeOverCut(): Promise<void> {
    const taken = await this.#takeOver(this.#touch.findSilenceMs(performance.now(), runSilenceMs) ?? null);
    if (taken.length > 0) this.#listener.onTakenOver(taken);
  }

  async #takeOver(silenceMs: number | null): Promise<readonly CutSession[]> {
    const takesSuspects = performance.now() >= this.#triedUntilMs;
    const asked = { silenceMs, isAgain: this.#isTakeOverUnsure, takesSuspects };
    this.#isTakeOverUnsure = true;
    const taking = this.#queryInTime((connection) =>
      takeOverRuns(this.#dependencies.pool, connection, this.#id, asked),
    );
    this.#takingOver = taking;
    const taken = await taking;
    this.#isTakeOverUnsure = false;
    this.takenOver += taken.cut.length;
    if (taken.hasSuspects) this.#triedUntilMs = performance.now() + trialMs;
    this.#listener.onLeft([...taken.left, ...taken.cut]);
    return taken.cut;
  }
}
