// A drain that an operator asks for: no new sessions, what is there goes on, and the engine ends once nothing is at work.
import { goingAway, type Outcome, succeeded } from '../../schema/error.ts';
import type { AskedOfRun } from '../../schema/ownership.ts';
import type { Log } from '../log.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { Sessions } from '../sessions/sessions.ts';

const lookIntervalMs = 1_000;
/** Looks in a row that find nothing at work: a session that was just created is at work a moment later. */
const quietLooks = 2;

export type AskedDrainDependencies = {
  sessions: Pick<Sessions, 'isDraining' | 'isDrainAsked'>;
  supervisor: Pick<Supervisor, 'links' | 'getWorking'>;
  log: Log;
  /** Ends the engine in order. */
  onDrained(): void;
};

export type DrainState = { isDraining: boolean; working: number };

export class AskedDrain {
  readonly #dependencies: AskedDrainDependencies;
  #timer: NodeJS.Timeout | undefined;
  #endsAtMs = Number.POSITIVE_INFINITY;
  #quiet = 0;
  #isEnding = false;

  constructor(dependencies: AskedDrainDependencies) {
    this.#dependencies = dependencies;
  }

  /** Asked again, the later time counts. @param withinMs when the engine ends at the latest */
  begin(withinMs: number): Outcome<DrainState> {
    const { sessions, log } = this.#dependencies;
    if (this.#isPastReturn) return goingAway;
    sessions.isDrainAsked = true;
    this.#endsAtMs = performance.now() + withinMs;
    this.#quiet = 0;
    this.#timer ??= setInterval(() => this.#look(), lookIntervalMs);
    this.#timer.unref();
    log.info('drain.asked', { withinMs, working: this.#working });
    return succeeded(this.#state);
  }

  cancel(): Outcome<DrainState> {
    const { sessions, log } = this.#dependencies;
    if (this.#isPastReturn) return goingAway;
    if (sessions.isDrainAsked) log.info('drain.cancelled');
    sessions.isDrainAsked = false;
    this.close();
    return succeeded(this.#state);
  }

  /** What was asked at another engine, where nobody waits for an answer. */
  hear(asked: AskedOfRun): void {
    if (asked.act === 'drain') this.begin(asked.withinMs);
    else this.cancel();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Whether the engine ends, by this drain or by a signal. */
  get #isPastReturn(): boolean {
    return this.#isEnding || this.#dependencies.sessions.isDraining;
  }

  get #working(): number {
    const { supervisor } = this.#dependencies;
    return supervisor.links.keys().reduce((sum, host) => sum + supervisor.getWorking(host).size, 0);
  }

  get #state(): DrainState {
    return { isDraining: this.#dependencies.sessions.isDrainAsked, working: this.#working };
  }

  #look(): void {
    const isOverdue = performance.now() >= this.#endsAtMs;
    this.#quiet = this.#working === 0 ? this.#quiet + 1 : 0;
    if (this.#quiet < quietLooks && !isOverdue) return;
    this.close();
    this.#isEnding = true;
    this.#dependencies.onDrained();
  }
}
