// An event, a recorded fact of a session, as it is stored. `protocol/events/event-frame.ts` makes the frame that clients see.
import * as v from 'valibot';
import type { Choice } from './choice.ts';
import type { ErrorCode } from './error.ts';
import type { Attachment, KeptImage } from './image.ts';
import type { PlanItem } from './plan.ts';
import type { DecisionMade, Wait } from './wait.ts';

export const roles = ['user', 'assistant', 'system'] as const;
export type Role = (typeof roles)[number];

/** The statuses that clients of the reference know. */
export const referenceStatuses = ['initializing', 'ready', 'mock_mode', 'completed', 'stopping'] as const;
export const statuses = [...referenceStatuses, 'stopped'] as const;
export type Status = (typeof statuses)[number];

/** Why a turn ended, as `completed` says it. */
export const turnEnds = [
  'finished',
  'interrupted',
  'iterations',
  'timeout',
  'repeating',
  'refused',
  'failed',
  'budget',
] as const;
export type TurnEnd = (typeof turnEnds)[number];

/** A model's call: `input` as the model wrote it, unchecked; `signature` is given back to the provider unchanged. */
export type ToolCall = { id: string; name: string; input: unknown; signature?: string };

const count = v.pipe(v.number(), v.minValue(0));

/** Tokens of a turn, as the provider counted them. */
export const Usage = v.strictObject({
  /** All tokens that the model read, from the cache or not. */
  inputTokens: count,
  outputTokens: count,
  /** The part of the input that came from the provider's cache, and the part that was written there. */
  cachedTokens: count,
  cacheWriteTokens: count,
  steps: count,
  durationMs: count,
  /** The price in US dollars; absent where the model's prices aren't known. */
  costUsd: v.exactOptional(count),
});
export type Usage = v.InferOutput<typeof Usage>;

/** How much of what a model can read a conversation took. */
export const ContextShare = v.strictObject({ tokens: count, tokensMax: count });
export type ContextShare = v.InferOutput<typeof ContextShare>;

/** Lines of a file, counted from 1. */
export const LineRange = v.strictObject({
  first: v.pipe(v.number(), v.integer(), v.minValue(1)),
  last: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});
export type LineRange = v.InferOutput<typeof LineRange>;

/** A command that runs beside the shell, by its id, counted from 1 in its workspace. */
export const BackgroundMark = v.strictObject({ id: v.string(), isKilled: v.exactOptional(v.literal(true)) });
export type BackgroundMark = v.InferOutput<typeof BackgroundMark>;

/** An event's metadata, stored whole in `metadata_json`, so that a transcript can be rebuilt from rows alone. */
export type EventMetadata = {
  status?: Status;
  reason?: TurnEnd;
  /** On `completed`: the sequence of the last user message that the agent read; on an action, of the last event. */
  readThrough?: number;
  /** On `completed`: the last snapshot of the workspace; on its restoration, the one that it was made from. */
  snapshot?: string;
  /** On `completed` of its turn; on the first event of an answer, of its turn by then. */
  usage?: Usage;
  /** On a message of the user: what was chosen for the turn that it begins. */
  choice?: Choice;
  /** On the first event of an answer: the model that gave it, and how much of its context the request and the answer took. */
  model?: string;
  context?: ContextShare;
  /** On an event that something was paid for: what the session has cost by then, in US dollars. */
  spentUsd?: number;
  /** On a notice that a budget is almost spent: which, and of a day's budget on which day. */
  budget?: string;
  /** On an end of a turn or session: the user's messages that the model never answered, by the ids of their commands. */
  unanswered?: string[];
  command?: string;
  exitCode?: number;
  path?: string;
  /** On what is about a command in the background: its id, and whether the agent ends it. */
  background?: BackgroundMark;
  /** On a read: the lines that were asked for, from 1 on; without `last` all that follow. */
  lines?: LineRange;
  /** On a message of the user: the files that came with it. */
  attachments?: Attachment[];
  /** On an observation: the pictures that the model is shown. */
  images?: KeptImage[];
  /** On a search: which files were asked for. */
  glob?: string;
  /** On a fetch: what is fetched; on what came of it, where it came from. */
  url?: string;
  thought?: string;
  /** On a thought of the model itself: the provider's signature of it. */
  signature?: string;
  /** On a thought: how many characters and calls of its answer stand before it. */
  behind?: { chars: number; calls: number };
  /** On an action: the answer of the model that it is part of. */
  answerId?: string;
  /** On an action: the call it records. */
  toolCall?: ToolCall;
  /** On an observation: the call it answers. */
  toolCallId?: string;
  /** On a call of an MCP server's tool, and on what came of it. */
  mcp?: { server: string; tool: string };
  /** On an event by which the turn waits for a person: for what. */
  wait?: Wait;
  /** On a person's decision about a call. */
  decision?: DecisionMade;
  /** On an edit: the change as a unified diff. */
  diff?: string;
  /** On a file that a person wrote into a workspace that is in memory alone: its content in base64. */
  written?: string;
  /** On the clone of a repository: the commit that was checked out, from which changes are counted; null for none. */
  baseCommit?: string | null;
  /** On a plan: its items. */
  plan?: PlanItem[];
  /** On an event of a sub-agent: the call that it works for. */
  parentToolCallId?: string;
  /** On a survey of the project: the notes below its root, from there. */
  notes?: string[];
  /** On a summary: the sequence of the last event that it stands for. */
  summarizedThrough?: number;
  /** On a summary: what the user had said by then, in order, word for word as far as there was room. */
  userMessages?: string[];
  /** On an event that ends the session: why it ended. */
  code?: ErrorCode;
  retryable?: boolean;
};

/** The types of events that record a command; their frame is the acknowledgement. */
export const commandEventTypes = [
  'InitialTask',
  'UserMessage',
  'Interrupt',
  'Stop',
  'UserAnswer',
  'ApprovalDecision',
] as const;
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
  /** The id of the command that this event records: the client's, or one that the engine made. */
  commandId: string | null;
  createdAtMs: number;
};
