// This start of the engine among others on the same database: shows that it is alive, and finds what dead ones left.
import type { DatabasePool, DatabasePoolConnection } from 'slonik';
import { v7 as uuid } from 'uuid';
import { withConnection } from '../actors/persistence/database.ts';
import { limits } from '../schema/limits.ts';
import { beatRun } from './database/queries/beat-run.ts';
import { endRun } from './database/queries/end-run.ts';
import { type CutSession, takeOver } from './database/queries/take-over.ts';

export type EngineRunParts = {
  pool: DatabasePool;
  /** Hears of sessions that belong to this run now and whose turn was cut, oldest first. */
  onTakenOver(sessions: readonly CutSession[]): void;
  onFailed(error: unknown): void;
};

export class EngineRun {
  readonly id = uuid();
  readonly #parts: EngineRunParts;
  #timer: NodeJS.Timeout | undefined;
  #isBeating = false;
  /** Since when PostgreSQL has answered every beat at once; whoever starts has just heard from it. */
  #steadySinceMs: number | undefined = Number.NEGATIVE_INFINITY;
  #isDraining = false;

  constructor(parts: EngineRunParts) {
    this.#parts = parts;
  }

  /** Resolves after the first beat: from then on others know that this run's sessions are not for the taking. */
  async begin(): Promise<void> {
    await this.#parts.pool.query(beatRun(this.id));
    this.#timer = setInterval(() => void this.beat(), limits.runBeatIntervalMs);
    this.#timer.unref();
  }

  /** One at a time: while PostgreSQL is away they would only pile up. */
  async beat(): Promise<void> {
    if (this.#isBeating) return;
    this.#isBeating = true;
    try {
      await this.#showAlive();
      if (this.#mayTakeOver) await this.#takeOver();
    } catch (error) {
      if (this.#steadySinceMs !== undefined) this.#parts.onFailed(error); // Once an outage, not once a second.
      this.#steadySinceMs = undefined;
    } finally {
      this.#isBeating = false;
    }
  }

  /** From now on nothing is taken over, and this run goes on beating. */
  drain(): void {
    this.#isDraining = true;
  }

  /** All is stored: what was cut is for the next one, at once. */
  async end(): Promise<void> {
    this.close();
    await this.#parts.pool.query(endRun(this.id)).catch(this.#parts.onFailed);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #showAlive(): Promise<void> {
    const beganMs = performance.now();
    await this.#query((connection) => connection.query(beatRun(this.id)));
    const nowMs = performance.now();
    if (nowMs - beganMs > limits.runBeatIntervalMs) this.#steadySinceMs = undefined;
    this.#steadySinceMs ??= nowMs;
  }

  /** After an outage of PostgreSQL everybody looks dead for a moment. */
  get #mayTakeOver(): boolean {
    return !this.#isDraining && performance.now() - (this.#steadySinceMs ?? 0) >= limits.runSilenceMs;
  }

  /** A connection that says nothing any more must not keep this run silent for good. */
  #query<T>(work: (connection: DatabasePoolConnection) => Promise<T>): Promise<T> {
    return withConnection(this.#parts.pool, limits.databaseSilenceTimeoutMs, work);
  }

  async #takeOver(): Promise<void> {
    const taken = await this.#query((connection) => takeOver(connection, this.id, limits.runSilenceMs));
    if (taken.length > 0) this.#parts.onTakenOver(taken);
  }
}
