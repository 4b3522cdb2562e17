// Brings an in-memory workspace back by doing again what is recorded: it exists nowhere but in the rows.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { prepareCall } from '../tools/prepare-call.ts';
import { everyTool } from '../tools/tool-set.ts';

/** Repeats what people wrote, and the calls that have a result and no error. Never for a sandbox that runs real commands, which would run twice. */
export async function rebuildWorkspace(sandbox: Sandbox, events: readonly StoredEvent[]): Promise<void> {
  const observations = events.filter((event) => event.eventType !== 'ErrorObservation');
  const happened = new Set(observations.map((event) => event.metadata?.toolCallId));
  const changedInputs = new Map(events.flatMap(changedInputOf));
  const run = { sandbox, signal: new AbortController().signal, commandTimeoutMs: Number.POSITIVE_INFINITY };
  for (const { metadata } of events) {
    if (metadata?.written !== undefined && metadata.path !== undefined)
      await sandbox.write(metadata.path, Buffer.from(metadata.written, 'base64'));
    const call = metadata?.toolCall;
    if (!call) continue;
    const prepared = prepareCall({ ...call, input: changedInputs.get(call.id) ?? call.input }, everyTool);
    if (happened.has(call.id) && prepared.changesFiles) await prepared.run?.(run);
  }
}

/** What a person had a call run with, in place of what the model wrote. */
function changedInputOf({ metadata }: StoredEvent): [string, unknown][] {
  const { toolCallId, input } = metadata?.decision ?? {};
  return toolCallId !== undefined && input !== undefined ? [[toolCallId, input]] : [];
}
