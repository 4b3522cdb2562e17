// Which calls of a session wait for a person, and which behind them are still to be run: from its events alone.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { StoredEvent, ToolCall } from '../../schema/event.ts';
import type { AnswerCommand, DecideCommand } from '../../schema/thread.ts';
import type { DecisionMade, Wait } from '../../schema/wait.ts';
import { prepareCall } from '../tools/prepare-call.ts';
import { everyTool } from '../tools/tool-set.ts';

/** A call that is recorded, and neither run nor answered. */
export type PendingCall = {
  call: ToolCall;
  /** What it waits for, or waited for until it was decided. */
  wait?: Wait;
  /** What was decided about it, and in which words. */
  decided?: { made: DecisionMade; words: string; sequence: number };
};

/** The answer of the model on which a turn waits or waited, as far as it isn't done: never without calls. */
export type PendingAnswer = {
  answerId: string;
  readThrough: number;
  /** Of the last event by which it waits. */
  sequence: number;
  calls: PendingCall[];
};

const isCompleted = ({ metadata }: StoredEvent): boolean => metadata?.status === 'completed';

/** @returns undefined where the last answer has waited for nobody, or is done */
export function findPendingAnswer(events: readonly StoredEvent[]): PendingAnswer | undefined {
  const waitedAt = events.findLastIndex(({ metadata }) => metadata?.wait !== undefined);
  const answerId = events[waitedAt]?.metadata?.answerId;
  if (answerId === undefined) return undefined;
  const endedAt = events.findLastIndex(isCompleted);
  if (endedAt > waitedAt) return undefined;
  const current = events.slice(endedAt + 1).filter(({ metadata }) => metadata?.parentToolCallId === undefined);
  if (current.findLast(({ metadata }) => metadata?.answerId !== undefined)?.metadata?.answerId !== answerId)
    return undefined; // The model has answered again.
  const observed = new Set(current.map(({ metadata }) => metadata?.toolCallId));
  const waits = new Map(
    current.flatMap(({ metadata }) => (metadata?.wait ? [[metadata.wait.toolCallId, metadata.wait]] : [])),
  );
  const decided = new Map(
    current.flatMap(({ metadata, content, sequence }) =>
      metadata?.decision ? [[metadata.decision.toolCallId, { made: metadata.decision, words: content, sequence }]] : [],
    ),
  );
  const actions = current.filter(({ metadata }) => metadata?.answerId === answerId && metadata.toolCall !== undefined);
  const calls = actions.flatMap(({ metadata }) => {
    const call = metadata?.toolCall;
    if (!call || observed.has(call.id) || !isToBeDone(call)) return [];
    const [wait, decision] = [waits.get(call.id), decided.get(call.id)];
    return [{ call, ...(wait && { wait }), ...(decision && { decided: decision }) }];
  });
  if (calls.length === 0) return undefined;
  const readThrough = actions[0]?.metadata?.readThrough ?? 0;
  return { answerId, readThrough, sequence: events[waitedAt]?.sequence ?? 0, calls };
}

/** A thought is only noted; the call that ends the turn is still to do so. */
function isToBeDone(call: ToolCall): boolean {
  const { run, endsTurn } = prepareCall(call, everyTool);
  return run !== undefined || endsTurn;
}

const isOpen = ({ wait, decided }: PendingCall): boolean => wait !== undefined && !decided;

/** What a turn waits for, in the order of the calls. */
export const findWaits = (events: readonly StoredEvent[]): Wait[] => listWaits(findPendingAnswer(events));

const listWaits = (pending: PendingAnswer | undefined): Wait[] =>
  (pending?.calls ?? []).flatMap((call) => (call.wait && isOpen(call) ? [call.wait] : []));

/** Whether the turn can't go on before a person has spoken. */
export const isWaiting = (pending: PendingAnswer | undefined): boolean =>
  pending?.calls[0] !== undefined && isOpen(pending.calls[0]);

/** When the first of these waits ends by itself. */
export const endOfWaits = (waits: readonly Wait[]): number | undefined =>
  waits.length === 0 ? undefined : Math.min(...waits.map(({ untilMs }) => untilMs));

/** The call that a run of the engine may have begun before it was cut; those behind it were not. */
export function findBegunCall({ calls: [first] }: PendingAnswer): ToolCall | undefined {
  if (!first || isOpen(first)) return undefined;
  const isDenied = first.decided?.made.decision === 'deny' || first.decided?.made.kind === 'plan';
  return isDenied ? undefined : first.call;
}

/** Why a reply can't be taken; otherwise the wait that it ends. */
export function findWaitOf(command: AnswerCommand | DecideCommand, events: readonly StoredEvent[]): Outcome<Wait> {
  const { toolCallId } = command;
  const wait = findWaits(events).find((open) => open.toolCallId === toolCallId);
  if (!wait) return isKnownCall(toolCallId, events) ? alreadyDecided : noSuchCall;
  if (command.type === 'answer' && wait.kind !== 'question') return wantsDecision;
  if (command.type === 'decide' && wait.kind === 'question') return wantsAnswer;
  return succeeded(wait);
}

const isKnownCall = (id: string, events: readonly StoredEvent[]): boolean =>
  events.some(({ metadata }) => metadata?.wait?.toolCallId === id);

const alreadyDecided = failed('alreadyDecided', 'That call waits no more: it was answered, decided, or given up.');
const noSuchCall = failed('noSuchCall', 'No call with that toolCallId waits for anybody.');
const wantsDecision = failed('invalid', 'That call waits for a decision (decide), not for an answer.');
const wantsAnswer = failed('invalid', 'That call waits for an answer (answer), not for a decision.');
