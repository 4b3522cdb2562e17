// Brings an in-memory workspace back by doing the recorded calls again: it exists nowhere but in the rows.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { prepareCall } from '../tools/prepare-call.ts';

/** Repeats the calls that have a result and no error. Never for a sandbox that runs real commands, which would run twice. */
export async function rebuildWorkspace(sandbox: Sandbox, events: readonly StoredEvent[]): Promise<void> {
  const observations = events.filter((event) => event.eventType !== 'ErrorObservation');
  const happened = new Set(observations.map((event) => event.metadata?.toolCallId));
  const run = { sandbox, signal: new AbortController().signal, commandTimeoutMs: Number.POSITIVE_INFINITY };
  for (const call of events.flatMap((event) => event.metadata?.toolCall ?? [])) {
    const prepared = prepareCall(call);
    if (happened.has(call.id) && prepared.changesFiles) await prepared.run?.(run);
  }
}
