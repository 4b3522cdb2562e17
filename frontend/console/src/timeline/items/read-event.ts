// What one event means for a timeline: an item of its own, a call that begins, or the observation of one.
import type { SessionEvent } from '../../lucid.ts';
import type { ItemDraft, Look, Said } from './item.ts';

type AgentEvent = Extract<SessionEvent, { type: 'agent_event' }>;

export type Reading =
  | { is: 'item'; item: ItemDraft }
  /** `observedBy` is the type of the event that tells what came of it. */
  | { is: 'call'; item: ItemDraft; observedBy: string }
  | { is: 'look'; look: Look; observedBy: string }
  | { is: 'observation' }
  /** Ends the turn and whatever was running. */
  | { is: 'end'; item: ItemDraft }
  | { is: 'nothing' };

export function readEvent(event: SessionEvent): Reading {
  if (event.type === 'ack') return item(readCommand(event));
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

function readCommand(event: Extract<SessionEvent, { type: 'ack' }>): ItemDraft {
  const said = saidOf(event);
  if (event.eventType === 'InitialTask') return { kind: 'message', by: 'person', said, role: 'task' };
  if (event.eventType === 'UserMessage') return { kind: 'message', by: 'person', said, role: 'message' };
  return event.eventType === 'Interrupt'
    ? { kind: 'line', text: 'The turn was interrupted', asks: 'interrupt' }
    : { kind: 'line', text: 'The session was stopped', asks: 'stop' };
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
const change =
  (what: 'write' | 'edit', observedBy: string) =>
  (event: AgentEvent): Reading => ({
    is: 'call',
    item: {
      kind: 'change',
      what,
      path: event.path ?? event.content,
      ...(what === 'write' && event.path !== undefined && { written: saidOf(event) }),
      state: 'running',
    },
    observedBy,
  });

const look =
  (what: Look['what'], observedBy: string) =>
  (event: AgentEvent): Reading => ({
    is: 'look',
    look: {
      ...{ sequence: event.sequence, at: event.timestamp, what, path: event.path ?? '', state: 'running' },
      ...(what === 'search' && { pattern: event.content }),
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
    item: { kind: 'command', command: event.command ?? event.content, state: 'running' },
    observedBy: 'CmdOutputObservation',
  }),
  FileWriteAction: change('write', 'FileWriteObservation'),
  FileEditAction: change('edit', 'FileEditObservation'),
  FileReadAction: look('read', 'FileReadObservation'),
  SearchAction: look('search', 'SearchObservation'),
  ToolCallAction: (event) => ({
    is: 'call',
    item: { kind: 'call', name: event.content, state: 'running' },
    observedBy: 'ErrorObservation',
  }),
  CmdOutputObservation: observation,
  FileWriteObservation: observation,
  FileEditObservation: observation,
  FileReadObservation: observation,
  SearchObservation: observation,
  ErrorObservation: observation,
  CondensationAction: (event) => item({ kind: 'summary', said: saidOf(event) }),
  AgentNotice: notice,
  RepositoryCloned: notice,
  WorkspaceEmptied: notice,
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
