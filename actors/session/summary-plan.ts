// Decides what of a conversation a summary stands for, and what stays beside it word for word. Pure.
import type { StoredEvent } from '../../schema/event.ts';
import { keepHeadAndTail } from '../../schema/rules/head-and-tail.ts';
import type { ContextEntry } from '../models/model.ts';
import { bytesPerToken, tokensOf } from './compaction.ts';
import { isUserMessage } from './transcript.ts';

/** Shares of the budget: the newest steps, and the user's messages; the rest is for the summary and what follows it. */
const stepsShare = 0.1;
const messagesShare = 0.1;
/** Characters of all messages, however large the budget: more than people type. */
const messagesCharsMax = 30_000;
/** The first message is the task: of it so much stays, whatever else was said. */
const firstShare = 0.3;
/** Less of a message isn't worth the sentence that says what is left out. */
const messageCharsMin = 200;

export type SummaryPlan = { summarizedThrough: number; userMessages: string[] };

/**
 * @param events which the conversation was read from
 * @param through the sequence of the last of them
 * @param tokensMax what the conversation of a request may take
 */
export function planSummary(
  context: readonly ContextEntry[],
  { events, through }: { events: readonly StoredEvent[]; through: number },
  tokensMax: number,
): SummaryPlan {
  const summarizedThrough = findCut(context, events, stepsShare * tokensMax) ?? through;
  const charsMax = Math.min(messagesCharsMax, messagesShare * tokensMax * bytesPerToken);
  return { summarizedThrough, userMessages: keepMessages(listMessages(context, events, summarizedThrough), charsMax) };
}

/** @returns the event behind which the newest steps begin that fit; undefined where not even the last one does */
function findCut(
  context: readonly ContextEntry[],
  events: readonly StoredEvent[],
  tokensMax: number,
): number | undefined {
  const answersAt = context.flatMap(({ kind }, at) => (kind === 'answer' ? [at] : []));
  const fitting = answersAt.slice(1).filter((at) => tokensOf(context.slice(at)) <= tokensMax).length;
  return fitting === 0 ? undefined : listReads(events).at(-fitting);
}

/** Through which event the model had read for each of its answers since the last summary. */
function listReads(events: readonly StoredEvent[]): (number | undefined)[] {
  const from = findSummary(events)?.sequence ?? 0;
  const reads = new Map<string, number | undefined>();
  for (const { sequence, metadata } of events)
    if (sequence > from && metadata?.answerId !== undefined && !reads.has(metadata.answerId))
      reads.set(metadata.answerId, metadata.readThrough);
  return [...reads.values()];
}

const findSummary = (events: readonly StoredEvent[]): StoredEvent | undefined =>
  events.findLast(({ metadata }) => metadata?.summarizedThrough !== undefined);

/** Those that the last summary has kept, and what was said since; the task is in the conversation where its event is too old. */
function listMessages(context: readonly ContextEntry[], events: readonly StoredEvent[], through: number): string[] {
  const { summarizedThrough = 0, userMessages } = findSummary(events)?.metadata ?? {};
  const isCut = userMessages === undefined && (events[0]?.sequence ?? 1) > 1;
  const task = isCut ? context.slice(0, 1).flatMap(({ kind, text }) => (kind === 'user' ? text : [])) : [];
  const since = events.filter((event) => event.sequence > summarizedThrough && event.sequence <= through);
  return [...(userMessages ?? task), ...since.filter(isUserMessage).map(({ content }) => content)];
}

/** All messages, or the first and the newest of them as far as there is room; one that is too long is cut in its middle. */
export function keepMessages(messages: readonly string[], charsMax: number): string[] {
  const [first, ...later] = messages;
  if (first === undefined || sumOfChars(messages) <= charsMax) return [...messages];
  const kept = [keepHeadAndTail(first, shareOf(charsMax, later.length === 0 ? 1 : firstShare))];
  for (const message of later.toReversed()) {
    const room = charsMax - sumOfChars(kept);
    if (room < messageCharsMin) break;
    kept.splice(1, 0, keepHeadAndTail(message, shareOf(room, 1)));
  }
  return kept;
}

const sumOfChars = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + length, 0);

const shareOf = (chars: number, share: number): number => Math.max(messageCharsMin, Math.floor(share * chars));
