// What a session's events mean: the conversation as a model reads it, and where a session read back from rows stands.
import type { Status, StoredEvent, ToolCall } from '../../schema/event.ts';
import type { SessionRecord } from '../../schema/session.ts';
import { describeAttachments } from '../images/attached-files.ts';
import { isKnowledge } from '../knowledge/knowledge-events.ts';
import type { AnsweredCall, ContextEntry, Observed, Thought } from '../models/model.ts';
import { observedTextOf } from '../tools/observed-text.ts';
import { prepareCall } from '../tools/prepare-call.ts';
import { everyTool } from '../tools/tool-set.ts';
import { isWorkspaceEmptied, noticeOf } from './notices.ts';
import type { Beginning } from './session.machine.ts';
import { writeSummaryText } from './summary-text.ts';
import { WaitTracker } from './wait-tracker.ts';
import { findBegunCall, findPendingAnswer, isWaiting } from './waits.ts';

/** The task, or a message. */
export const isUserMessage = (event: StoredEvent) =>
  event.eventType === 'InitialTask' || event.eventType === 'UserMessage';

type AnswerEntry = Extract<ContextEntry, { kind: 'answer' }>;

/** The observation of a call that runs nothing. */
const notedObservation = { text: 'Noted.', isError: false };

/**
 * The conversation of these events, for a model: messages, answers, and what the engine has to tell it (`notices.ts`).
 * @param task what the session began with, in case its event is too old to be among these
 * @param knowledge what is known of the project, which stays in it however old it is
 */
export function buildContext(
  events: readonly StoredEvent[],
  task: string,
  knowledge: readonly StoredEvent[] = [],
): ContextEntry[] {
  const summary = events.findLast((event) => event.metadata?.summarizedThrough !== undefined);
  const firstSequence = events[0]?.sequence ?? 1;
  const from = summary?.sequence ?? firstSequence;
  const kept = knowledge.filter(({ sequence }) => sequence < from).map(knowledgeEntryOf);
  const rest = events.filter(({ sequence }) => sequence >= from);
  if (summary) return buildEntries(rest, [...kept, ...buildSummary(summary, events), ...keepPlan(events, from)]);
  return buildEntries(rest, firstSequence === 1 ? [] : [{ kind: 'user', text: task }, ...kept]);
}

/** The summary with the steps before it that it doesn't stand for, and what nobody had answered by then. */
function buildSummary({ sequence, content, metadata }: StoredEvent, events: readonly StoredEvent[]): ContextEntry[] {
  const { summarizedThrough = 0, userMessages: messages = [] } = metadata ?? {};
  const isBetween = (event: StoredEvent) => event.sequence > summarizedThrough && event.sequence < sequence;
  const entries = buildEntries(
    events.filter((event) => isBetween(event) && !isKnowledge(event)),
    [],
  );
  const end = entries.findLastIndex(({ kind }) => kind === 'answer') + 1;
  const steps = entries.slice(0, end);
  return [{ kind: 'summary', text: writeSummaryText({ messages, summary: content, steps }) }, ...entries.slice(end)];
}

export const findPlan = (events: readonly StoredEvent[]): StoredEvent | undefined =>
  events.findLast(({ eventType }) => eventType === 'PlanAction');

/** A plan outlasts a summary as it was. */
function keepPlan(events: readonly StoredEvent[], from: number): ContextEntry[] {
  const plan = findPlan(events);
  return plan && plan.sequence < from ? [{ kind: 'notice', text: `Your plan:\n${plan.content}` }] : [];
}

const knowledgeEntryOf = ({ content }: StoredEvent): ContextEntry => ({ kind: 'knowledge', text: content });

function buildEntries(events: readonly StoredEvent[], entries: ContextEntry[]): ContextEntry[] {
  const answers = new Map<string, AnswerEntry>();
  const calls = new Map<string, AnsweredCall>();
  const waits = new WaitTracker();
  const sequences = new Map<ContextEntry, number>();
  let wasEmptied = false;
  const addEntry = (kind: 'user' | 'notice' | 'knowledge', text: string, event: StoredEvent) => {
    const entry: ContextEntry = kind === 'user' ? userEntryOf(event) : { kind, text };
    const { sequence } = event;
    sequences.set(entry, sequence);
    entries.push(entry);
  };
  const hadRead = (entry: ContextEntry, readThrough: number) => (sequences.get(entry) ?? 0) <= readThrough;
  const answerOf = ({ sequence, metadata }: StoredEvent): AnswerEntry => {
    const answerId = metadata?.answerId ?? String(sequence);
    const known = answers.get(answerId);
    if (known) return known;
    const entry: AnswerEntry = { kind: 'answer', thoughts: [], text: '', calls: [] };
    answers.set(answerId, entry);
    // The answer stands behind all that the model had read: what came meanwhile is what it reads next.
    const { readThrough = Number.POSITIVE_INFINITY } = metadata ?? {};
    entries.splice(entries.findLastIndex((before) => hadRead(before, readThrough)) + 1, 0, entry);
    return entry;
  };
  for (const event of events) {
    const { metadata, content, eventType } = event;
    const notice = noticeOf(event, wasEmptied);
    wasEmptied ||= isWorkspaceEmptied(eventType);
    if (isUserMessage(event)) addEntry('user', content, event);
    else if (notice !== undefined) addEntry('notice', notice, event);
    else if (isKnowledge(event)) addEntry('knowledge', content, event);
    else if (metadata?.toolCall) {
      const answered: AnsweredCall = { call: metadata.toolCall, observation: notedObservation };
      calls.set(metadata.toolCall.id, answered);
      answerOf(event).calls.push(answered);
      waits.noteCall(event);
    } else if (metadata?.toolCallId) {
      const answered = calls.get(metadata.toolCallId);
      if (answered) answered.observation = observedOf(event);
      if (answered && waits.noteObservation(event)) answered.hasWaited = true;
    } else if (eventType === 'MessageAction') answerOf(event).text = content;
    else if (eventType === 'ThinkAction' || eventType === 'HiddenThought')
      answerOf(event).thoughts.push(thoughtOf(event));
  }
  return entries;
}

/** A message with the files that came with it. */
function userEntryOf({ content, metadata }: StoredEvent): ContextEntry {
  const attachments = metadata?.attachments ?? [];
  if (attachments.length === 0) return { kind: 'user', text: content };
  const images = attachments.flatMap(({ image }) => image ?? []);
  const text = `${content}\n\n${describeAttachments(attachments)}`;
  return { kind: 'user', text, ...(images.length > 0 && { images }) };
}

function observedOf(event: StoredEvent): Observed {
  const images = event.metadata?.images;
  const isError = event.eventType === 'ErrorObservation';
  return { text: observedTextOf(event), isError, ...(images && { images }) };
}

const thoughtOf = ({ metadata, content }: StoredEvent): Thought => ({
  text: content,
  ...(metadata?.signature !== undefined && { signature: metadata.signature }),
  ...(metadata?.behind !== undefined && { behind: metadata.behind }),
});

/** The sequence of the last message of the user; 0 for none. */
export const findLastUserSequence = (events: readonly StoredEvent[]): number =>
  events.findLast(isUserMessage)?.sequence ?? 0;

/**
 * Messages of the user that no answer of the model knew, and that no turn has ended on since: by the ids of their commands.
 * @param through up to this sequence; what came later is answered by the next turn
 */
export function findUnansweredMessages(events: readonly StoredEvent[], through = Number.POSITIVE_INFINITY): string[] {
  const known = events.reduce((last, { metadata }) => Math.max(last, metadata?.readThrough ?? 0), 0);
  return events
    .filter((event) => isUserMessage(event) && event.sequence > known && event.sequence <= through)
    .flatMap(({ commandId }) => commandId ?? []);
}

const isReady = (status?: Status) => status === 'ready' || status === 'mock_mode';

/** `cutThrough`: an interrupt was stored whose turn has not ended yet; the last message that the turn was about. */
export type Standing = { beginning: Beginning; hasUnread: boolean; cutThrough?: number };

/**
 * Where a session stands, from its rows alone. `completed` says through which message the agent had read, so a
 * message that came in the very end of a turn is not taken for answered.
 */
export function findStanding(record: SessionRecord, events: readonly StoredEvent[]): Standing {
  const [first] = events;
  if (record.state === 'created' && events.every(comesBeforeWork)) return { beginning: 'created', hasUnread: true };
  const status = events.findLast((event) => event.eventType === 'Status')?.metadata?.status;
  const isStopped = status === 'stopping' || status === 'stopped' || events.at(-1)?.eventType === 'Stop';
  if (isStopped) return { beginning: 'stopping', hasUnread: false };
  const lastCompleted = events.findLast((event) => event.metadata?.status === 'completed');
  // The turn is so long that its beginning was not read back.
  const isLong = first !== undefined && first.sequence > 1 && !lastCompleted;
  const readThrough = lastCompleted?.metadata?.readThrough ?? 0;
  const interrupt = events.findLast((event) => event.eventType === 'Interrupt');
  const isInterrupted = interrupt !== undefined && interrupt.sequence > (lastCompleted?.sequence ?? 0);
  const pending = findPendingAnswer(events);
  const wasInterrupted = interrupt !== undefined && interrupt.sequence > (pending?.sequence ?? 0);
  if (pending && isWaiting(pending) && !wasInterrupted)
    return { beginning: 'waiting', hasUnread: findLastUserSequence(events) > pending.readThrough };
  if (isLong && !isInterrupted) return { beginning: 'working', hasUnread: true };
  const cutThrough = isInterrupted
    ? findLastUserSequence(events.filter(({ sequence }) => sequence < interrupt.sequence))
    : 0;
  const cut = isLong || cutThrough > readThrough ? { cutThrough } : {};
  const hasUnread = findLastUserSequence(events) > Math.max(readThrough, cutThrough);
  const hasTask = events.some((event) => event.eventType === 'InitialTask');
  // An interrupt ends the turn of a session whose workspace is still being prepared.
  const wasReady = (first?.sequence ?? 1) > 1 || events.some(({ metadata }) => isReady(metadata?.status));
  if (!wasReady) return { beginning: 'provisioning', hasUnread: hasUnread || !hasTask, ...cut };
  return { beginning: hasUnread ? 'working' : 'idle', hasUnread, ...cut };
}

/** Whether an event is of what people do in a workspace before the session has begun. */
const comesBeforeWork = ({ eventType }: StoredEvent): boolean =>
  eventType === 'UserFileChange' || eventType === 'RepositoryCloned' || eventType === 'WorkspaceSetup';

/**
 * Recorded calls that run something and have no observation: they may or may not have happened. Those that wait for a
 * person, and those behind them, have not.
 */
export function findUnansweredCalls(events: readonly StoredEvent[]): ToolCall[] {
  const answered = new Set(events.map((event) => event.metadata?.toolCallId));
  const calls = events.flatMap((event) => event.metadata?.toolCall ?? []);
  const pending = findPendingAnswer(events);
  const begun = pending && findBegunCall(pending);
  const rest = new Set(pending?.calls.flatMap(({ call }) => (call.id === begun?.id ? [] : [call.id])));
  return calls.filter(
    (call) => !answered.has(call.id) && !rest.has(call.id) && prepareCall(call, everyTool).run !== undefined,
  );
}
