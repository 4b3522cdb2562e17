// What a session has cost by now, read from its events.
import type { StoredEvent } from '../../schema/event.ts';
import type { SessionSettings } from '../../schema/session.ts';

/** A fork begins with the events of another session, whose cost is none of its own. @returns US dollars */
export function spentUsdOf(
  events: readonly StoredEvent[],
  { forkedFrom }: Pick<SessionSettings, 'forkedFrom'>,
): number {
  const own = forkedFrom?.sequence ?? 0;
  const last = events.findLast(({ sequence, metadata }) => sequence > own && metadata?.spentUsd !== undefined);
  return last?.metadata?.spentUsd ?? 0;
}
