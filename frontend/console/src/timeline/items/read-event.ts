// What one event means for a timeline: an item of its own, a call that begins, or the observation of one.
import type { SessionEvent } from '../../lucid.ts';
import type { ItemDraft, Look, Reply, Said } from './item.ts';
import { readAsked, readReply } from './read-asked.ts';

type AgentEvent = Extract<SessionEvent, { type: 'agent_event' }>;

export type Reading =
  | { is: 'item'; item: ItemDraft }
  /** `observedBy` is the type of the event that tells what came of it. */
  | { is: 'call'; item: ItemDraft; observedBy: string }
  | { is: 'look'; look: Look; observedBy: string }
  | { is: 'observation' }
  /** A person is asked: the item waits for a reply. */
  | { is: 'asked'; item: Extract<ItemDraft, { kind: 'asked' }> }
  /** What was said to what was asked under a call. */
  | { is: 'reply'; toolCallId: string; reply: Reply }
  /** Ends the turn and whatever was running. */
  | { is: 'end'; item: ItemDraft }
  | { is: 'nothing' };

export function readEvent(event: SessionEvent): Reading {
  if (event.type === 'ack') return readCommand(event);
  if (event.type === 'status') return readStatus(event);
  if (event.type === 'error')
    return { is: 'end', item: { kind: 'failure', text: event.message, code: event.code, isEnd: true } };
  return readers[event.eventType]?.(event) ?? readOther(event);
}

const item = (draft: ItemDraft): Reading => ({ is: 'item', item: draft });

/** @param text another field than the content */
export const saidOf = (event: AgentEvent | Extract<SessionEvent, { type: 'ack' }>, text = event.content): Said => ({
  text,
  sequence: event.sequence,
  isCut: event.truncated ?? false,
});

function readCommand(event: Extract<SessionEvent, { type: 'ack' }>): Reading {
  const { eventType, attachments = [] } = event;
  if (eventType === 'InitialTask' || eventType === 'UserMessage') {
    const role = eventType === 'InitialTask' ? 'task' : 'message';
    const given = attachments.length > 0 && { attachments };
    return item({ kind: 'message', by: 'person', said: saidOf(event), role, ...given });
  }
  const reply = readReply(event);
  if (reply) return { is: 'reply', ...reply };
  return item(
    eventType === 'Interrupt'
      ? { kind: 'line', text: 'The turn was interrupted', asks: 'interrupt' }
      : { kind: 'line', text: 'The session was stopped', asks: 'stop' },
  );
}

function readStatus(event: Extract<SessionEvent, { type: 'status' }>): Reading {
  const { reason, message: text, usage, unanswered = [] } = event;
  if (event.status === 'completed')
    return { is: 'end', item: { kind: 'turnEnd', reason, text, usage, unanswered: unanswered.length } };
  if (event.status === 'stopped') return { is: 'end', item: { kind: 'line', text } };
  return item({ kind: 'line', text });
}

const message =
  (role: 'message' | 'result') =>
  (event: AgentEvent): Reading =>
    item({ kind: 'message', by: 'agent', said: saidOf(event), role });
const notice = (event: AgentEvent): Reading => item({ kind: 'notice', text: event.content });
const failure = (event: AgentEvent): Reading =>
  item({ kind: 'failure', text: event.content, code: undefined, isEnd: false });
const observation = (): Reading => ({ is: 'observation' });
const asked = (event: AgentEvent): Reading => ({ is: 'asked', item: readAsked(event, saidOf(event)) });
const knowledge = (event: AgentEvent): Reading => item({ kind: 'knowledge', said: saidOf(event) });
/** Without a pattern it is about files' names, which its content repeats. */
const isFind = ({ content, glob = '' }: AgentEvent): boolean => content === glob;
const change =
  (what: 'write' | 'edit', observedBy: string) =>
  (event: AgentEvent): Reading => ({
    is: 'call',
    item: {
      kind: 'change',
      what,
      path: event.path ?? event.content,
      ...(what === 'write' && event.path !== undefined && { written: saidOf(event) }),
      ...runningOf(event),
    },
    observedBy,
  });

const runningOf = ({ toolCallId }: AgentEvent) => ({
  state: 'running' as const,
  ...(toolCallId !== undefined && { toolCallId }),
});

const look =
  (what: Look['what'], observedBy: string) =>
  (event: AgentEvent): Reading => ({
    is: 'look',
    look: {
      ...{ sequence: event.sequence, at: event.timestamp, what, path: event.path ?? event.url ?? '' },
      ...runningOf(event),
      ...(event.lines && { lines: event.lines }),
      ...((what === 'search' || what === 'find') && { pattern: event.content }),
    },
    observedBy,
  });

const readers: Record<string, (event: AgentEvent) => Reading> = {
  MessageAction: message('message'),
  AgentFinishAction: message('result'),
  ThinkAction: (event) => item({ kind: 'thought', said: saidOf(event) }),
  HiddenThought: () => ({ is: 'nothing' }),
  CmdRunAction: (event) => ({
    is: 'call',
    item: { kind: 'command', command: event.command ?? event.content, ...runningOf(event) },
    observedBy: 'CmdOutputObservation',
  }),
  CmdInputAction: (event) => ({
    is: 'call',
    item: {
      kind: 'command',
      command: event.content,
      acts: event.background?.isKilled ? 'end' : event.content === '' ? 'read' : 'type',
      ...(event.background && { background: event.background.id }),
      ...runningOf(event),
    },
    observedBy: 'CmdOutputObservation',
  }),
  FileWriteAction: change('write', 'FileWriteObservation'),
  FileEditAction: change('edit', 'FileEditObservation'),
  FileReadAction: look('read', 'FileReadObservation'),
  SearchAction: (event) => look(isFind(event) ? 'find' : 'search', 'SearchObservation')(event),
  FetchAction: look('fetch', 'FetchObservation'),
  McpAction: (event) => ({
    is: 'call',
    item: {
      ...{ kind: 'call', name: event.mcp?.tool ?? event.content, ...runningOf(event) },
      ...(event.mcp && { server: event.mcp.server, input: event.content.slice(event.content.indexOf(' ') + 1) }),
    },
    observedBy: 'McpObservation',
  }),
  DelegateAction: (event) => ({
    is: 'call',
    item: { kind: 'delegate', task: saidOf(event), nested: [], ...runningOf(event) },
    observedBy: 'DelegateObservation',
  }),
  ToolCallAction: (event) => ({
    is: 'call',
    item: { kind: 'call', name: event.content, ...runningOf(event) },
    observedBy: 'ErrorObservation',
  }),
  CmdOutputObservation: observation,
  FileWriteObservation: observation,
  FileEditObservation: observation,
  FileReadObservation: observation,
  SearchObservation: observation,
  FetchObservation: observation,
  McpObservation: observation,
  DelegateObservation: observation,
  AskUserObservation: observation,
  PresentPlanObservation: observation,
  ErrorObservation: observation,
  AskUserAction: asked,
  PresentPlanAction: asked,
  ApprovalWanted: asked,
  PlanAction: (event) => item({ kind: 'plan', items: event.plan ?? [] }),
  ProjectKnowledge: knowledge,
  ProjectNotes: knowledge,
  CondensationAction: (event) => item({ kind: 'summary', said: saidOf(event) }),
  AgentNotice: notice,
  RepositoryCloned: notice,
  WorkspaceEmptied: notice,
  WorkspaceRestored: notice,
  SnapshotFailed: notice,
  WorkspaceSetup: notice,
  UserFileChange: (event) => item(readPersonFile(event)),
  AgentErrorEvent: failure,
  StorageErrorEvent: failure,
};

function readPersonFile({ path = '', content: text }: AgentEvent): ItemDraft {
  const [, digits] = /\((\d+) bytes?\)\.$/.exec(text) ?? [];
  return { kind: 'personFile', path, text, ...(digits !== undefined && { bytes: Number(digits) }) };
}

/** A type of a later engine is shown by what its kind says of it. */
function readOther(event: AgentEvent): Reading {
  const text = `${event.eventType}: ${event.content}`;
  return item(
    event.event === 'error' ? { kind: 'failure', text, code: undefined, isEnd: false } : { kind: 'notice', text },
  );
}
