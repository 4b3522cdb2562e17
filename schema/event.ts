// An event: a recorded fact of a session, as it is stored. What clients see of it is `protocol/events/event-frame.ts`.
import * as v from 'valibot';
import type { ErrorCode } from './error.ts';

export const roles = ['user', 'assistant', 'system'] as const;
export type Role = (typeof roles)[number];

/** Those that clients of the reference know. */
export const referenceStatuses = ['initializing', 'ready', 'mock_mode', 'completed', 'stopping'] as const;
export const statuses = [...referenceStatuses, 'stopped'] as const;
export type Status = (typeof statuses)[number];

/** Why a turn ended; on `completed`. */
export const turnEnds = ['finished', 'interrupted', 'iterations', 'timeout', 'repeating', 'refused', 'failed'] as const;
export type TurnEnd = (typeof turnEnds)[number];

/** What a model asked for. `input` is as the model wrote it; the tool checks it. `signature`: the provider's own, given back to it as it came. */
export type ToolCall = { id: string; name: string; input: unknown; signature?: string };

const count = v.pipe(v.number(), v.minValue(0));

/** Tokens of a turn, as the provider counted them. */
export const Usage = v.strictObject({
  /** All that was read, from the cache or not. */
  inputTokens: count,
  outputTokens: count,
  /** Of the input: what came from the provider's cache, and what was written there. */
  cachedTokens: count,
  cacheWriteTokens: count,
  steps: count,
  durationMs: count,
  /** In US dollars; absent where the model's prices aren't known. */
  costUsd: v.exactOptional(count),
});
export type Usage = v.InferOutput<typeof Usage>;

/** Kept whole in `metadata_json`, so that a transcript can be rebuilt from rows alone. */
export type EventMetadata = {
  status?: Status;
  reason?: TurnEnd;
  /** On `completed`: the sequence of the last user message that the agent read; on an action, of the last event. */
  readThrough?: number;
  /** On `completed` of its turn; on the first event of an answer, of its turn by then. */
  usage?: Usage;
  /** Where something ends: the user's messages that the model never answered, by the ids of their commands. */
  unanswered?: string[];
  command?: string;
  exitCode?: number;
  path?: string;
  thought?: string;
  /** On a thought of the model itself: the provider's signature of it. */
  signature?: string;
  /** Where in its answer the thought stood: after so many characters and calls. */
  behind?: { chars: number; calls: number };
  /** Which answer of the model an action is part of. */
  answerId?: string;
  /** On an action: the call it records. */
  toolCall?: ToolCall;
  /** On an observation: the call it answers. */
  toolCallId?: string;
  /** What an edit changed, as a unified diff. */
  diff?: string;
  /** On a summary: the sequence of the last event that it stands for. */
  summarizedThrough?: number;
  /** Why the session ended, on an event that ends it. */
  code?: ErrorCode;
  retryable?: boolean;
};

/** Commands are events too: their frame is the acknowledgement. */
export const commandEventTypes = ['InitialTask', 'UserMessage', 'Interrupt', 'Stop'] as const;
export type CommandEventType = (typeof commandEventTypes)[number];

export type StoredEvent = {
  sessionId: string;
  epoch: number;
  /** 1, 2, 3 … within the session, without gaps, across epochs. */
  sequence: number;
  role: Role;
  eventType: string;
  content: string;
  metadata: EventMetadata | null;
  /** The client's id of the command that this event records, or ours. */
  commandId: string | null;
  createdAtMs: number;
};
