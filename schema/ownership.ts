// What engines on one database know of each other's sessions and runs.
import type { Labels } from './labels.ts';

/** A session belongs to another living run. Its boot and node are unknown where an engine of an earlier release has it. */
export type OwnedElsewhere = { kind: 'ownedElsewhere'; runId: string; bootId: string | null; node: string | null };

/** A session under the epoch that its run has it by: an activation since then has another one. */
export type OwnedSession = { sessionId: string; epoch: number };

/** One life of an engine's process; it stays the same where the engine begins another run. */
export type Boot = {
  bootId: string;
  /** A name for people; two engines may have the same. */
  node: string;
  version: string;
  /** The messages between engines that it speaks. */
  wire: number;
  /** What sessions may ask of their engine. */
  labels: Labels;
};

/** The messages between engines that this release speaks; one that adds kinds or fields keeps the number. */
export const wireVersion = 1;

/**
 * How a run stands. Living: `open` takes anything, `draining` is about to end, `isolated` can't reach the others. Over: it has
 * `ended` in order or `died`, or is a `remainder`: it stands for the cut sessions of dead runs, which nobody has taken yet.
 */
export const runStates = ['open', 'draining', 'isolated', 'ended', 'died', 'remainder'] as const;
export type RunState = (typeof runStates)[number];

/** What an operator asks of a run at another engine. Its `id` tells an ask that was heard from a new one. */
export type AskedOfRun = { id: string } & ({ act: 'drain'; withinMs: number } | { act: 'undrain' });

/** How much an engine has to do, as its last beat said. */
export type RunLoad = {
  sessions: number;
  /** Sessions that are at work. */
  working: number;
  /** Sockets and streams. */
  sockets: number;
  hosts: number;
  /** Hosts that take no commands at present. */
  fullHosts: number;
  /** Sandboxes that its sessions hold. */
  sandboxes: number;
  /** How far it reaches in its cluster: 0 without the bus, else 1 and one for each engine that it hears. */
  reach?: number | undefined;
  /** Sessions that wait for a sandbox. What follows is absent in beats of earlier releases. */
  queued?: number;
  /** Memory of its machine that is free for sandboxes, in bytes. */
  freeBytes?: number;
  /** How late its event loop was at most since the last beat; in a cluster only. */
  loopDelayMs?: number;
  /** Sessions that rest without a sandbox, and are in no memory; in a cluster only. */
  resting?: number | undefined;
  /** False once an operator has asked that it takes no new sessions. */
  takesSessions?: boolean;
  /** What tells the places of its sandboxes from others: a network's id at each Docker daemon, once it is known; in a cluster only. */
  places?: readonly string[];
};
