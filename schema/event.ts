// An event: a recorded fact of a session, and the one frame that every client sees of it, live or replayed.
import { limits } from './limits.ts';
import { cutText, formatTime } from './rules/text.ts';

export const roles = ['user', 'assistant', 'system'] as const;
export type Role = (typeof roles)[number];

/** Statuses as clients of the reference know them, and `stopped`. */
export type Status = 'initializing' | 'ready' | 'mock_mode' | 'completed' | 'stopping' | 'stopped';

/** Why a turn ended; on `completed`. */
export const turnEnds = ['finished', 'interrupted', 'iterations', 'timeout', 'repeating', 'refused', 'failed'] as const;
export type TurnEnd = (typeof turnEnds)[number];

/** What a model asked for. `input` is as the model wrote it; the tool checks it. `signature`: the vendor's own, given back to it as it came. */
export type ToolCall = { id: string; name: string; input: unknown; signature?: string };

/** Tokens of a turn, as the vendor counted them. */
export type Usage = {
  /** All that was read, from the cache or not. */
  inputTokens: number;
  outputTokens: number;
  /** Of the input: what came from the vendor's cache, and what was written there. */
  cachedTokens: number;
  cacheWriteTokens: number;
  steps: number;
  durationMs: number;
  /** In US dollars; absent where the model's prices aren't known. */
  costUsd?: number;
};

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
  /** On a thought of the model itself: the vendor's signature of it. */
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
  code?: string;
  retryable?: boolean;
};

/** Commands are events too: their frame is the acknowledgement. */
export const commandEventTypes = ['InitialTask', 'UserMessage', 'Interrupt', 'Stop'] as const;

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

export type EventKind = 'action' | 'observation' | 'error' | 'state';

/** The reference's `event` field, from the name of the type: `CmdRunAction` is an action. */
export function eventKindOf(eventType: string): EventKind {
  if (eventType.includes('Error')) return 'error';
  if (eventType.endsWith('Action')) return 'action';
  if (eventType.endsWith('Observation')) return 'observation';
  return 'state';
}

const isCommand = (eventType: string) => (commandEventTypes as readonly string[]).includes(eventType);

/**
 * The frame of an event: JSON text, the same live and replayed, since it is made of stored fields alone.
 * It is the whole one; `makeFrames` in `protocol.ts` takes away what a client has not asked for.
 */
export function frameOf(event: StoredEvent): string {
  if (isCommand(event.eventType)) return acknowledgementOf(event);
  if (event.eventType === 'Status') return statusFrameOf(event);
  if (event.eventType === 'SessionError') return sessionErrorFrameOf(event);
  return agentEventFrameOf(event);
}

const positionOf = ({ sessionId, epoch, sequence }: StoredEvent) => ({ sessionId, epoch, sequence });

function acknowledgementOf(event: StoredEvent): string {
  const content = cutText(event.content, limits.wireContentCharsMax);
  return JSON.stringify({
    type: 'ack',
    id: event.commandId,
    ...positionOf(event),
    eventType: event.eventType,
    content,
    ...(content.length < event.content.length && { truncated: true }),
    timestamp: formatTime(event.createdAtMs),
  });
}

function statusFrameOf(event: StoredEvent): string {
  return JSON.stringify({
    type: 'status',
    status: event.metadata?.status,
    ...positionOf(event),
    message: event.content,
    timestamp: formatTime(event.createdAtMs),
    reason: event.metadata?.reason,
    usage: event.metadata?.usage,
    unanswered: event.metadata?.unanswered,
  });
}

function sessionErrorFrameOf(event: StoredEvent): string {
  return JSON.stringify({
    type: 'error',
    message: event.content,
    code: event.metadata?.code,
    retryable: event.metadata?.retryable ?? false,
    unanswered: event.metadata?.unanswered,
    ...positionOf(event),
    timestamp: formatTime(event.createdAtMs),
  });
}

function agentEventFrameOf(event: StoredEvent): string {
  const { metadata } = event;
  const content = cutText(event.content, limits.wireContentCharsMax);
  const thought = metadata?.thought === undefined ? undefined : cutText(metadata.thought, limits.wireThoughtCharsMax);
  const diff = metadata?.diff === undefined ? undefined : cutText(metadata.diff, limits.wireDiffCharsMax);
  const isCut =
    content.length < event.content.length ||
    (thought?.length ?? 0) < (metadata?.thought?.length ?? 0) ||
    (diff?.length ?? 0) < (metadata?.diff?.length ?? 0);
  return JSON.stringify({
    type: 'agent_event',
    event: eventKindOf(event.eventType),
    eventType: event.eventType,
    content,
    timestamp: formatTime(event.createdAtMs),
    ...positionOf(event),
    command: metadata?.command,
    exitCode: metadata?.exitCode,
    path: metadata?.path,
    thought,
    diff,
    ...(isCut && { truncated: true }),
  });
}
