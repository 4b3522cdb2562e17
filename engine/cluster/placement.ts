// Where a new session is made: here unless this engine has too much to do, otherwise at the freer of two others; always at one
// with the labels that it asks for. Pure.
import { hasLabels, type Labels } from '../../schema/labels.ts';
import { limits } from '../../schema/limits.ts';
import type { RunLoad, RunState } from '../../schema/ownership.ts';
import type { Place } from '../sessions/placing.ts';

/** An engine as its last beat describes it. */
export type PlacedEngine = { state: RunState; labels: Labels; load: RunLoad };
export type PlacedPeer = PlacedEngine & { bootId: string };

export type PlacementFacts = {
  own: PlacedEngine;
  peers: readonly PlacedPeer[];
  /** The engines that have refused the session already. */
  refused: ReadonlySet<string>;
  /** What the session asks of its engine. */
  labels?: Labels | undefined;
  /** From 0 to less than 1. */
  random(): number;
};

/** An event loop that is so late is an engine that everything waits for. */
const loopDelayMsMax = 200;
/** Memory of the machine below which no further sandbox should begin. */
const freeBytesMin = 512 * 1024 * 1024;
/** A session that rests costs so much less than one at work. */
const restingPerWorking = 20;

/** Whether it takes sessions. */
export const isOpen = ({ state, load }: PlacedEngine): boolean => state === 'open' && load.takesSessions !== false;

/** One that is off the bus can't be asked; one that tells no reach is in no cluster, or of a release that makes nothing for others. */
const isReached = ({ load }: PlacedPeer): boolean => load.reach !== undefined && load.reach > 0;

/** Whether it would refuse another session. */
export const isFull = ({ load }: PlacedEngine): boolean =>
  load.fullHosts >= load.hosts || load.sessions >= limits.sessionsMax;

/** Whether a session would rather be somewhere else: somebody waits for a sandbox already, or everybody for everything. */
export const isBusy = ({ load }: PlacedEngine): boolean =>
  (load.queued ?? 0) > 0 ||
  (load.loopDelayMs ?? 0) > loopDelayMsMax ||
  (load.freeBytes ?? Number.POSITIVE_INFINITY) < freeBytesMin;

/** How much it has to do, for the threads that it has. */
const weightOf = ({ load }: PlacedEngine): number =>
  ((load.working + load.sessions / restingPerWorking) / Math.max(1, load.hosts)) *
  (1 + (load.loopDelayMs ?? 0) / loopDelayMsMax);

/** What is busy is the last choice; then what has less to do is freer. */
export const isFreer = (one: PlacedEngine, other: PlacedEngine): boolean =>
  isBusy(one) === isBusy(other) ? weightOf(one) < weightOf(other) : isBusy(other);

export function choosePlace({ own, peers, refused, labels, random }: PlacementFacts): Place {
  const open = peers.filter((peer) => isOpen(peer) && isReached(peer));
  const reached = [...(isOpen(own) ? [own] : []), ...open];
  if (labels && !reached.some((engine) => hasLabels(engine.labels, labels)))
    return { kind: 'nowhere', reached: reached.map((engine) => engine.labels) };
  const isOwnPossible = isOpen(own) && !isFull(own) && hasLabels(own.labels, labels);
  if (isOwnPossible && !isBusy(own)) return { kind: 'here' };
  const possible = open.filter((peer) => hasLabels(peer.labels, labels) && !isFull(peer) && !refused.has(peer.bootId));
  const chosen = chooseOfTwo(possible, random);
  if (isOwnPossible && (!chosen || isBusy(chosen))) return { kind: 'here' };
  return chosen ? { kind: 'elsewhere', bootId: chosen.bootId } : { kind: 'full' };
}

/** The engine that takes a session which nobody has, where this one lacks labels that it asks for. */
export function chooseFitting(peers: readonly PlacedPeer[], labels: Labels, random: () => number): string | undefined {
  const fitting = peers.filter((peer) => isOpen(peer) && isReached(peer) && hasLabels(peer.labels, labels));
  const withRoom = fitting.filter((peer) => !isFull(peer));
  return chooseOfTwo(withRoom.length > 0 ? withRoom : fitting, random)?.bootId;
}

/** Two at random: the freest of all would be everybody's choice until its next beat. */
function chooseOfTwo(peers: readonly PlacedPeer[], random: () => number): PlacedPeer | undefined {
  const at = Math.floor(random() * peers.length);
  const one = peers[at];
  const others = peers.toSpliced(at, 1);
  const other = others[Math.floor(random() * others.length)];
  return one && other && isFreer(other, one) ? other : one;
}
