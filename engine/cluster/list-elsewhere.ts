// Lists the sessions that a user has in memory at other engines: only those are asked that have said they have some.
import type { LiveSession } from '../../schema/session.ts';
import type { Asks } from './asks.ts';
import type { Bus } from './bus.ts';

/** How long another engine may take; without its answer the list lacks what it has, as where it is dead. */
const askTimeoutMs = 1_000;

export type ListElsewhereDependencies = { bus: Pick<Bus, 'isUp'>; asks: Pick<Asks, 'askAt'> };

/** @param boots the engines where the user has sessions */
export async function listElsewhere(
  { bus, asks }: ListElsewhereDependencies,
  boots: readonly string[],
  userId: string,
): Promise<LiveSession[]> {
  if (!bus.isUp) return [];
  const replies = await Promise.all(boots.map((bootId) => asks.askAt(bootId, { kind: 'list', userId }, askTimeoutMs)));
  return replies.flatMap((reply) => (reply.ok && reply.value.kind === 'list' ? reply.value.sessions : []));
}
