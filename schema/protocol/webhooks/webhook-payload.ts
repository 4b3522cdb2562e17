// The body that a webhook's receiver gets, by the Standard Webhooks specification: what happened, when, and about what.
import * as v from 'valibot';
import { errorCodes } from '../../error.ts';
import { type turnEnds, Usage } from '../../event.ts';
import { position, timestamp } from '../answer-fields.ts';
import { exampleSession } from '../examples.ts';
import { WaitingFor } from '../waiting-for.ts';
import { failedEnds, type WebhookEventType } from './webhook-events.ts';

const { sessionId, chatId, userId, updatedAt } = exampleSession;
const { sequence } = position;

const session = { sessionId: v.string(), chatId: v.string(), userId: v.string(), sequence };
const usage = v.exactOptional(Usage);

const turnOf = (reasons: readonly (typeof turnEnds)[number][]) =>
  v.strictObject({ ...session, reason: v.picklist(reasons), usage });

const declarePayload = <Type extends WebhookEventType, Data extends v.GenericSchema>(type: Type, data: Data) =>
  v.strictObject({
    type: v.literal(type),
    timestamp: v.pipe(timestamp, v.description('When it happened, not when it is delivered')),
    data,
  });

/** By type. */
export const webhookPayloads = {
  'turn.completed': declarePayload('turn.completed', turnOf(['finished'])),
  'turn.interrupted': declarePayload('turn.interrupted', turnOf(['interrupted'])),
  'turn.failed': declarePayload('turn.failed', turnOf(failedEnds)),
  'question.asked': declarePayload('question.asked', v.strictObject({ ...session, waitingFor: WaitingFor })),
  'approval.wanted': declarePayload('approval.wanted', v.strictObject({ ...session, waitingFor: WaitingFor })),
  'session.stopped': declarePayload('session.stopped', v.strictObject(session)),
  'session.failed': declarePayload(
    'session.failed',
    v.strictObject({ ...session, code: v.exactOptional(v.picklist(errorCodes)) }),
  ),
  'webhook.disabled': declarePayload(
    'webhook.disabled',
    v.strictObject({ webhookId: v.string(), userId: v.string(), reason: v.string() }),
  ),
} as const satisfies Record<WebhookEventType, v.GenericSchema>;

export type WebhookPayload = v.InferOutput<(typeof webhookPayloads)[WebhookEventType]>;

const ofSession = { sessionId, chatId, userId, sequence: 14 };
const exampleUsage: Usage = {
  inputTokens: 8_204,
  outputTokens: 611,
  cachedTokens: 5_120,
  cacheWriteTokens: 0,
  steps: 4,
  durationMs: 71_890,
  costUsd: 0.0214,
};

/** How each looks. */
export const examplePayloads: { [Type in WebhookEventType]: v.InferInput<(typeof webhookPayloads)[Type]> } = {
  'turn.completed': {
    type: 'turn.completed',
    timestamp: updatedAt,
    data: { ...ofSession, reason: 'finished', usage: exampleUsage },
  },
  'turn.interrupted': {
    type: 'turn.interrupted',
    timestamp: updatedAt,
    data: { ...ofSession, reason: 'interrupted', usage: exampleUsage },
  },
  'turn.failed': {
    type: 'turn.failed',
    timestamp: updatedAt,
    data: { ...ofSession, reason: 'timeout', usage: exampleUsage },
  },
  'question.asked': {
    type: 'question.asked',
    timestamp: updatedAt,
    data: {
      ...ofSession,
      waitingFor: {
        kind: 'question',
        toolCallId: 'toolu_01A09q90qw90lq917835lq9',
        text: 'Which database should it use?',
        options: ['PostgreSQL', 'SQLite'],
        until: updatedAt,
      },
    },
  },
  'approval.wanted': {
    type: 'approval.wanted',
    timestamp: updatedAt,
    data: {
      ...ofSession,
      waitingFor: {
        kind: 'approval',
        toolCallId: 'toolu_01A09q90qw90lq917835lq9',
        text: 'This pushes with force, or deletes a branch of the remote.',
        tool: 'shell',
        input: { command: 'git push --force origin fix/sum' },
        allows: ['does forcePush'],
        until: updatedAt,
      },
    },
  },
  'session.stopped': { type: 'session.stopped', timestamp: updatedAt, data: ofSession },
  'session.failed': {
    type: 'session.failed',
    timestamp: updatedAt,
    data: { ...ofSession, code: 'repositoryNotFound' },
  },
  'webhook.disabled': {
    type: 'webhook.disabled',
    timestamp: updatedAt,
    data: {
      webhookId: '01a20796-a6ea-76b4-b1d8-9f0a5b5c2f61',
      userId,
      reason: 'hooks.example.com answered 500 for 24 hours.',
    },
  },
};
