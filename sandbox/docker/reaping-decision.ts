// Decides what becomes of a container by what was seen of it: kept, paused or removed. Pure.

/** How long a container that is being replaced or started is left alone: both of Docker's slow calls, twice. */
export const reaperGraceMs = 120_000;

/** By the third look each engine has looked itself, and told of a network that was made anew, by which daemons are known. */
const outdatedChecksMin = 3;

/**
 * `warm`: made ahead, no session's yet. `replaced`: its session has another. `inUse`: an actor may have it. `unstarted`: made,
 * and not running yet. `unattended`: running, and no actor has it. `paused`: its session rests. `ended`: it holds nothing.
 */
export type ContainerStage = 'warm' | 'replaced' | 'inUse' | 'unstarted' | 'unattended' | 'paused' | 'ended';

export type ContainerSighting = {
  stage: ContainerStage;
  /** Whether the host that made it is still there. */
  hasMaker: boolean;
  /** Whether its session is live or can be activated again. */
  isNeeded: boolean;
  /** Whether another engine that shares the daemon judges it. */
  isOthers: boolean;
  /** Whether its session goes on in another sandbox, at a daemon that its owner reaches. */
  isOutdated: boolean;
  /** Whether its session may be so new at another engine that no row says so yet. */
  mayBeNew: boolean;
  /** For how long, and how many checks in a row, it has been in this stage. */
  forMs: number;
  checks: number;
};

export type ReapingDecision = { kind: 'kept' } | { kind: 'paused' } | { kind: 'removed'; reason: string };

const kept: ReapingDecision = { kind: 'kept' };
const removed = (reason: string): ReapingDecision => ({ kind: 'removed', reason });

/** @param removeAfterMs how long the container of a session that rests is kept */
export function decideReaping(
  { stage, hasMaker, isNeeded, isOthers, isOutdated, mayBeNew, forMs, checks }: ContainerSighting,
  removeAfterMs: number,
): ReapingDecision {
  if (stage === 'inUse' || isOthers) return kept;
  if (stage === 'warm') return hasMaker ? kept : removed('left by an earlier start');
  // The session gets a replaced container back where its replacement fails; another host than its maker may be at that just now.
  if (stage === 'replaced')
    return checks === 1 || (hasMaker && forMs < reaperGraceMs) ? kept : removed('another has its session');
  // An earlier or later start of the engine may be at work on a container that this one knows nothing of.
  if (checks === 1 || (stage === 'unstarted' && forMs < reaperGraceMs)) return kept;
  if (isOutdated) return checks < outdatedChecksMin ? kept : removed('its session goes on at another daemon');
  if (!isNeeded) return mayBeNew && forMs < reaperGraceMs ? kept : removed('its session has ended');
  if (stage === 'ended' || stage === 'unstarted') return removed('it does not run');
  if (stage === 'paused') return forMs >= removeAfterMs ? removed('it was idle too long') : kept;
  return { kind: 'paused' };
}
