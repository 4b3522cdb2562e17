// What is to become of a container, by what was seen of it: kept, paused or removed. Pure.
import { limits } from '../../schema/limits.ts';

/**
 * `warm`: made ahead, no session's yet. `replaced`: another stands in its session's place. `held`: an actor may have it.
 * `adrift`: it runs, and no actor has it. `paused`, `ended`: it rests, or holds nothing any more.
 */
export type Stage = 'warm' | 'replaced' | 'held' | 'adrift' | 'paused' | 'ended';

export type Sighting = {
  stage: Stage;
  /** Made by this start of the engine. */
  isOfThisRun: boolean;
  /** Its session is live or can be activated again. */
  isNeeded: boolean;
  /** For how long, and how many looks in a row, it has been in this stage. */
  forMs: number;
  looks: number;
};

export type Verdict = { kind: 'kept' } | { kind: 'paused' } | { kind: 'removed'; reason: string };

const kept: Verdict = { kind: 'kept' };
const removed = (reason: string): Verdict => ({ kind: 'removed', reason });

/** @param removeAfterMs how long the container of a session that rests is kept */
export function verdictOn({ stage, isOfThisRun, isNeeded, forMs, looks }: Sighting, removeAfterMs: number): Verdict {
  if (stage === 'held') return kept;
  if (stage === 'warm') return isOfThisRun ? kept : removed('left by an earlier start');
  // One that is being replaced comes back when that fails.
  if (stage === 'replaced')
    return isOfThisRun && forMs < limits.reaperGraceMs ? kept : removed('another has its session');
  if (!isNeeded) return removed('its session has ended');
  if (stage === 'ended') return removed('it had ended');
  if (stage === 'paused') return forMs >= removeAfterMs ? removed('it was idle too long') : kept;
  return looks > 1 ? { kind: 'paused' } : kept;
}
