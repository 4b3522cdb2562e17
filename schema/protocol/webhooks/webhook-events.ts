// The types of events that webhooks hear of, and which stored event is one of them.
import { type TurnEnd, turnEnds, type Usage } from '../../event.ts';
import type { EventWrite } from '../../thread.ts';
import { waitEventTypes } from '../../wait.ts';
import { type WaitingFor, waitingForOf } from '../waiting-for.ts';

/** Each with what it tells, as the OpenAPI document says it. */
export const webhookEventTypes = {
  'turn.completed': 'The agent has finished what the user asked for',
  'turn.interrupted': 'The user has interrupted the turn',
  'turn.failed': 'The turn has ended without being finished; `reason` says why',
  'question.asked': 'The agent asks the user something, and its turn waits for the answer',
  'approval.wanted': 'A call or a plan of the agent wants a decision, and its turn waits for it',
  'session.stopped': 'The session was stopped',
  'session.failed': 'The session has ended because it could not go on; `code` is one of the catalogue of errors',
  'webhook.disabled': "Another webhook of the user's was disabled, because its receiver took nothing for a day",
} as const;
export type WebhookEventType = keyof typeof webhookEventTypes;
export const webhookEventNames = Object.keys(webhookEventTypes) as WebhookEventType[];

const typeOfEnd: Record<TurnEnd, WebhookEventType> = {
  finished: 'turn.completed',
  interrupted: 'turn.interrupted',
  iterations: 'turn.failed',
  timeout: 'turn.failed',
  repeating: 'turn.failed',
  refused: 'turn.failed',
  failed: 'turn.failed',
  budget: 'turn.failed',
};

/** Why a turn can end without being finished. */
export const failedEnds = turnEnds.filter((end) => typeOfEnd[end] === 'turn.failed');

const isWaitEvent = (eventType: string): boolean => waitEventTypes.some((type) => type === eventType);

/** What is told of an event beside whose it is. */
export type WebhookEvent = {
  type: WebhookEventType;
  data: {
    sessionId: string;
    chatId: string;
    sequence: number;
    reason?: TurnEnd;
    usage?: Usage;
    code?: string;
    waitingFor?: WaitingFor;
  };
};

/** @returns undefined for what no webhook hears of */
export function webhookEventOf({ event, chatId, isLast }: EventWrite): WebhookEvent | undefined {
  const { sessionId, sequence, eventType, metadata } = event;
  const data = { sessionId, chatId, sequence };
  const { status, reason, usage, code, wait } = metadata ?? {};
  if (wait && isWaitEvent(eventType))
    return {
      type: wait.kind === 'question' ? 'question.asked' : 'approval.wanted',
      data: { ...data, waitingFor: waitingForOf(wait) },
    };
  if (eventType === 'Status' && status === 'completed' && reason !== undefined)
    return { type: typeOfEnd[reason], data: { ...data, reason, ...(usage && { usage }) } };
  if (eventType === 'Status' && status === 'stopped') return { type: 'session.stopped', data };
  if (eventType === 'SessionError' && isLast)
    return { type: 'session.failed', data: { ...data, ...(code !== undefined && { code }) } };
  return undefined;
}

/** Told by the delivery of others, not by an event of a session. */
export const disabledType = 'webhook.disabled' satisfies WebhookEventType;
