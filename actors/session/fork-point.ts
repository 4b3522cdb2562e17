// Where a conversation can be forked: the last event up to which it is whole, and what is open there.
import type { StoredEvent, TurnEnd } from '../../schema/event.ts';

/** What of an event decides where a conversation is whole. */
export type ForkFact = Pick<StoredEvent, 'sequence' | 'eventType'> & {
  answerId?: string | undefined;
  /** The call that it records, if that has an observation. */
  callId?: string | undefined;
  /** The call that it answers. */
  observedCallId?: string | undefined;
  status?: string | undefined;
  readThrough?: number | undefined;
};

export type ForkPoint = {
  /** The last event of the copy. */
  through: number;
  /** A turn that went on there, which has to be ended for the fork to be at rest. */
  openTurn?: { end: TurnEnd; readThrough: number };
};

/** Calls of these run nothing, and have no observation. */
const notedActions: ReadonlySet<string> = new Set(['ThinkAction', 'AgentFinishAction', 'PlanAction']);

export const forkFactOf = ({ sequence, eventType, metadata }: StoredEvent): ForkFact =>
  metadata?.parentToolCallId !== undefined
    ? { sequence, eventType }
    : {
        sequence,
        eventType,
        answerId: metadata?.answerId,
        callId: notedActions.has(eventType) ? undefined : metadata?.toolCall?.id,
        observedCallId: metadata?.toolCallId,
        status: metadata?.status,
        readThrough: metadata?.readThrough,
      };

/**
 * An answer of the model, with the observations of its calls, is copied whole or not at all, and nothing of what ends a session.
 * @param events from the first one on, beyond `until` so far that no answer is cut off
 * @returns undefined where the user has said nothing up to there
 */
export function findForkPoint(events: readonly ForkFact[], until: number): ForkPoint | undefined {
  const ends = findAnswerEnds(events);
  let through = 0;
  let openThrough = 0;
  for (const event of events) {
    if (event.sequence > until || endsSession(event)) break;
    openThrough = Math.max(openThrough, ends.get(answerOf(event)) ?? 0);
    if (openThrough <= event.sequence) through = event.sequence;
  }
  const copied = events.filter(({ sequence }) => sequence <= through);
  const lastSaid = copied.findLast(isUserMessage)?.sequence;
  if (lastSaid === undefined) return undefined;
  const completed = copied.findLast(isCompleted);
  const isInterrupted = (copied.findLast(isInterrupt)?.sequence ?? 0) > (completed?.sequence ?? 0);
  const isOpen = lastSaid > (completed?.readThrough ?? 0) || isInterrupted;
  return { through, ...(isOpen && { openTurn: { end: endOf(copied), readThrough: lastSaid } }) };
}

/** The sequence of the last event of each answer; without end where a call has no observation. */
function findAnswerEnds(events: readonly ForkFact[]): Map<string, number> {
  const ends = new Map<string, number>();
  const answersOfCalls = new Map<string, string>();
  const waiting = new Map<string, Set<string>>();
  for (const event of events) {
    const { sequence, callId, observedCallId } = event;
    const answer = (observedCallId === undefined ? undefined : answersOfCalls.get(observedCallId)) ?? answerOf(event);
    if (callId !== undefined) {
      answersOfCalls.set(callId, answer);
      waiting.set(answer, (waiting.get(answer) ?? new Set()).add(callId));
    }
    if (observedCallId !== undefined) waiting.get(answer)?.delete(observedCallId);
    ends.set(answer, sequence);
  }
  for (const [answer, calls] of waiting) if (calls.size > 0) ends.set(answer, Number.POSITIVE_INFINITY);
  return ends;
}

/** An event of no answer stands for itself. */
const answerOf = ({ answerId, sequence }: ForkFact): string => answerId ?? `event ${sequence}`;

const endsSession = ({ eventType, status }: ForkFact): boolean =>
  eventType === 'Stop' || eventType === 'SessionError' || status === 'stopping' || status === 'stopped';

const isUserMessage = ({ eventType }: ForkFact): boolean => eventType === 'InitialTask' || eventType === 'UserMessage';
const isInterrupt = ({ eventType }: ForkFact): boolean => eventType === 'Interrupt';
const isCompleted = ({ status }: ForkFact): boolean => status === 'completed';

/** An agent that had said its last word was done. */
const endOf = (copied: readonly ForkFact[]): TurnEnd =>
  copied.at(-1)?.eventType === 'AgentFinishAction' ? 'finished' : 'interrupted';

/** The answer of which more may come behind an event; none where its turn has ended. */
export const openAnswerAt = (event: ForkFact, before: string | undefined): string | undefined =>
  isCompleted(event) ? undefined : (event.answerId ?? before);

/** Whether no event of an answer that was begun before can come from here on: answers come one after another. */
export const isBehindAnswer = (event: ForkFact, answerId: string | undefined): boolean =>
  answerId === undefined ||
  (event.answerId !== undefined && event.answerId !== answerId) ||
  isCompleted(event) ||
  endsSession(event);
