// Stored events for tests, made briefly.
import type { EventMetadata, Status, StoredEvent, ToolCall } from '../../schema/event.ts';
import { testRecord } from './test-session.ts';

export type StoredDraft = Partial<StoredEvent> & { eventType: string };

/** Numbers drafts from 1 on. */
export const numberEvents = (...drafts: StoredDraft[]): StoredEvent[] =>
  drafts.map((draft, at) => ({
    sessionId: testRecord().sessionId,
    epoch: 1,
    sequence: at + 1,
    role: 'assistant',
    content: '',
    metadata: null,
    commandId: null,
    createdAtMs: at,
    ...draft,
  }));

export const status = (is: Status, more: EventMetadata = {}): StoredDraft => ({
  eventType: 'Status',
  role: 'system',
  metadata: { status: is, ...more },
});

export const completed = (readThrough: number): StoredDraft => status('completed', { reason: 'finished', readThrough });

export const task = (content = 'Build it'): StoredDraft => ({ eventType: 'InitialTask', role: 'user', content });
export const message = (content = 'And more'): StoredDraft => ({ eventType: 'UserMessage', role: 'user', content });
export const stop: StoredDraft = { eventType: 'Stop', role: 'system' };

export const callOf = (id: string, name = 'shell', input: unknown = { command: 'ls' }): ToolCall => ({
  id,
  name,
  input,
});
export const action = (call: ToolCall, eventType = 'CmdRunAction'): StoredDraft => ({
  eventType,
  metadata: { toolCall: call },
});
export const observation = (toolCallId: string, content = 'ok', eventType = 'CmdOutputObservation'): StoredDraft => ({
  eventType,
  content,
  metadata: { toolCallId },
});
