// How long this run was in touch with PostgreSQL: only then does the silence of other runs count, since what kept this one from
// beating may have kept them too. Pure.
import { limits } from '../../schema/limits.ts';

/** A beat that is late by half of the interval is one of a busy machine. */
const touchMsMax = 1.5 * limits.runBeatIntervalMs;
/** After longer than this without an answer PostgreSQL was away, and all runs may have been silent. */
const awayMs = 5 * limits.runBeatIntervalMs;
/** Answers that come sooner after another say nothing new. */
const answerGapMs = 0.5 * limits.runBeatIntervalMs;
/** More than are looked at for the silence of a dead run. */
const answersMax = 32;

export class Touch {
  /** When PostgreSQL answered, latest first. */
  #answersMs: readonly number[];
  /** Whether PostgreSQL was there before the first of them. */
  #wasThere: boolean;

  constructor(nowMs: number, wasThere: boolean) {
    this.#answersMs = [nowMs];
    this.#wasThere = wasThere;
  }

  /** PostgreSQL has taken a beat. */
  note(nowMs: number): void {
    const gapMs = nowMs - (this.#answersMs[0] ?? nowMs);
    if (gapMs < answerGapMs) return;
    const isBack = gapMs > awayMs;
    if (isBack) this.#wasThere = false;
    this.#answersMs = isBack ? [nowMs] : [nowMs, ...this.#answersMs].slice(0, answersMax);
  }

  /**
   * @returns how long another run must have been silent to count as dead: so long that this one was in touch for `silenceMs` of
   * it; undefined soon after PostgreSQL was away
   */
  findSilenceMs(nowMs: number, silenceMs: number): number | undefined {
    let leftMs = silenceMs;
    let laterMs = nowMs;
    for (const answerMs of this.#answersMs) {
      const touchMs = Math.min(laterMs - answerMs, touchMsMax);
      if (touchMs >= leftMs) break;
      leftMs -= touchMs;
      laterMs = answerMs;
      if (answerMs === this.#answersMs.at(-1) && !this.#wasThere) return undefined;
    }
    return Math.ceil(nowMs - laterMs + leftMs);
  }
}
