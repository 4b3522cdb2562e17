// Stops the engine without losing anything, from the first stage of the ring to the last.
import { setTimeout as delay } from 'node:timers/promises';
import { waitWithin } from '../sandbox/scheduling/wait-within.ts';
import { goingAway } from '../schema/error.ts';
import type { Log } from './log.ts';
import type { Supervisor } from './ring/supervisor.ts';
import type { OpenConnections } from './server/open-connections.ts';
import type { Server } from './server/server.ts';
import type { Sessions } from './sessions/sessions.ts';

/** How long a drain may take in all; Kubernetes waits 30 s before it kills. */
const drainTotalMs = 25_000;
/** How long clients have to answer a close before the process ends. */
const closeTimeoutMs = 1_000;
/** How long connections stay open after a drain's closes, so that clients who are writing can read them. */
const closeLingerMs = 250;

export type DrainDependencies = {
  server: Server;
  sessions: Sessions;
  connections: OpenConnections;
  supervisor: Supervisor;
  log: Log;
  /** Whether other engines go on with turns, each after the step that is under way. */
  isClustered: boolean;
  /** Called once all is stored and other engines may own the sessions. */
  onStored(): Promise<void>;
};

/**
 * New sessions are refused, turns get 10 s, everything is stored, then clients are told to come back (1001).
 * @returns whether everything was stored in time; after 25 s the rest is left to the next start
 */
export async function drainEngine({
  server,
  sessions,
  connections,
  supervisor,
  log,
  isClustered,
  onStored,
}: DrainDependencies): Promise<boolean> {
  log.info('drain.started', { sessions: connections.size });
  sessions.isDraining = true;
  server.stopListening();
  supervisor.expectEnd();
  const hosts = supervisor.links.map((link) => link.ask({ kind: 'drain', handsOver: isClustered }, drainTotalMs));
  const all = Promise.all(hosts).then(async (replies) => {
    const persistence = await supervisor.askPersistence('drain');
    return [...replies, persistence].every((reply) => reply.ok);
  });
  const isStored = (await waitWithin(all, drainTotalMs)) === true;
  if (isStored) await onStored(); // A client that is told to come back must find its session free.
  await closeConnections(connections);
  log.info('drain.finished', { isStored });
  return isStored;
}

/** Closes all connections and waits until their clients have read the close, or have had the time to. */
async function closeConnections(connections: OpenConnections): Promise<void> {
  if (connections.size === 0) return;
  for (const connection of [...connections]) connection.refuse(goingAway.failure);
  const deadline = performance.now() + closeTimeoutMs;
  while (connections.size > 0 && performance.now() < deadline) await delay(10);
  // uWebSockets.js counts a socket as closed once the close is sent; a client that is still writing then must have the time
  // to read it, or it gets 1006 instead.
  await delay(closeLingerMs);
}
