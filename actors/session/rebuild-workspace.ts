// Brings an in-memory workspace back by doing the recorded calls again: it exists nowhere but in the rows.

import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { prepareCall } from '../tools/registry.ts';

/** Only calls that were seen to happen, in their order: one that failed, or was cut before it ran, stays undone. Must never be used on a sandbox that runs real commands. */
export async function rebuildWorkspace(sandbox: Sandbox, events: readonly StoredEvent[]): Promise<void> {
  const observations = events.filter((event) => event.eventType !== 'ErrorObservation');
  const happened = new Set(observations.map((event) => event.metadata?.toolCallId));
  const run = { sandbox, signal: new AbortController().signal, commandTimeoutMs: Number.POSITIVE_INFINITY };
  for (const call of events.flatMap((event) => event.metadata?.toolCall ?? [])) {
    const prepared = prepareCall(call);
    if (happened.has(call.id) && prepared.changesFiles) await prepared.run?.(run);
  }
}
