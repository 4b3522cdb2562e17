// What a session's events mean: the conversation as a model reads it, and where a session read back from rows stands.
import type { StoredEvent, ToolCall } from '../../schema/event.ts';
import type { SessionRecord } from '../../schema/session.ts';
import type { ContextEntry } from '../models/model.ts';
import { prepareCall } from '../tools/registry.ts';
import type { Beginning } from './session.machine.ts';

const isUserMessage = (event: StoredEvent) => event.eventType === 'InitialTask' || event.eventType === 'UserMessage';

/** The conversation of these events, for a model. Statuses and commands other than messages are no part of it. */
export function contextOf(events: readonly StoredEvent[]): ContextEntry[] {
  const entries: ContextEntry[] = [];
  for (const event of events) {
    const { metadata } = event;
    if (isUserMessage(event)) entries.push({ kind: 'user', text: event.content });
    else if (metadata?.toolCall) entries.push({ kind: 'call', call: metadata.toolCall });
    else if (metadata?.toolCallId) entries.push(observationOf(event, metadata.toolCallId));
    else if (event.eventType === 'MessageAction') entries.push({ kind: 'assistant', text: event.content });
  }
  return entries;
}

const observationOf = (event: StoredEvent, callId: string): ContextEntry => ({
  kind: 'observation',
  callId,
  text: event.content,
  isError: event.eventType === 'ErrorObservation',
});

/** The sequence of the last message of the user; 0 for none. */
export const lastUserSequence = (events: readonly StoredEvent[]): number =>
  events.findLast(isUserMessage)?.sequence ?? 0;

export type Standing = { beginning: Beginning; hasUnread: boolean };

/**
 * Where a session stands, from its rows alone. `completed` says through which message the agent had read, so a
 * message that came in the very end of a turn is not taken for answered.
 */
export function standingOf(record: SessionRecord, events: readonly StoredEvent[]): Standing {
  const [first] = events;
  if (record.state === 'created' && !first) return { beginning: 'created', hasUnread: true };
  const status = events.findLast((event) => event.eventType === 'Status')?.metadata?.status;
  const isStopped = status === 'stopping' || status === 'stopped' || events.at(-1)?.eventType === 'Stop';
  if (isStopped) return { beginning: 'stopping', hasUnread: false };
  const lastCompleted = events.findLast((event) => event.metadata?.status === 'completed');
  // A turn so long that its beginning was not read back: it is still the same one.
  if (first && first.sequence > 1 && !lastCompleted) return { beginning: 'working', hasUnread: true };
  const hasUnread = lastUserSequence(events) > (lastCompleted?.metadata?.readThrough ?? 0);
  const hasTask = events.some((event) => event.eventType === 'InitialTask');
  if (status === undefined || status === 'initializing')
    return { beginning: 'provisioning', hasUnread: hasUnread || !hasTask };
  return { beginning: hasUnread ? 'working' : 'idle', hasUnread };
}

/** Recorded calls that run something and have no observation. Nobody knows whether they happened. */
export function unansweredCalls(events: readonly StoredEvent[]): ToolCall[] {
  const answered = new Set(events.map((event) => event.metadata?.toolCallId));
  const calls = events.flatMap((event) => event.metadata?.toolCall ?? []);
  return calls.filter((call) => !answered.has(call.id) && prepareCall(call).run !== undefined);
}
