// Decides what becomes of a container by what was seen of it: kept, paused or removed. Pure.

/** A container that is being replaced, or started, is left alone for so long: both of Docker's slow calls, twice. */
export const reaperGraceMs = 120_000;

/**
 * `warm`: made ahead, no session's yet. `replaced`: another stands in its session's place. `inUse`: an actor may have it.
 * `unstarted`: it has been made and does not run yet. `unattended`: it runs, and no actor has it. `paused`, `ended`: it rests,
 * or holds nothing any more.
 */
export type ContainerStage = 'warm' | 'replaced' | 'inUse' | 'unstarted' | 'unattended' | 'paused' | 'ended';

export type ContainerSighting = {
  stage: ContainerStage;
  /** Made by a host that is still there. */
  hasMaker: boolean;
  /** Its session is live or can be activated again. */
  isNeeded: boolean;
  /** For how long, and how many checks in a row, it has been in this stage. */
  forMs: number;
  checks: number;
};

export type ReapingDecision = { kind: 'kept' } | { kind: 'paused' } | { kind: 'removed'; reason: string };

const kept: ReapingDecision = { kind: 'kept' };
const removed = (reason: string): ReapingDecision => ({ kind: 'removed', reason });

/** @param removeAfterMs how long the container of a session that rests is kept */
export function decideReaping(
  { stage, hasMaker, isNeeded, forMs, checks }: ContainerSighting,
  removeAfterMs: number,
): ReapingDecision {
  if (stage === 'inUse') return kept;
  if (stage === 'warm') return hasMaker ? kept : removed('left by an earlier start');
  // One that is being replaced comes back when that fails, for as long as there is somebody to do it.
  if (stage === 'replaced') return hasMaker && forMs < reaperGraceMs ? kept : removed('another has its session');
  // Another start of the engine, before this one or behind it, may be at work on what this one knows nothing of.
  if (checks === 1 || (stage === 'unstarted' && forMs < reaperGraceMs)) return kept;
  if (!isNeeded) return removed('its session has ended');
  if (stage === 'ended' || stage === 'unstarted') return removed('it does not run');
  if (stage === 'paused') return forMs >= removeAfterMs ? removed('it was idle too long') : kept;
  return { kind: 'paused' };
}
