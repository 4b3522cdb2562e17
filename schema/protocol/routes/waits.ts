// The routes by which people speak to a session that waits for them: an answer, and a decision.
import * as v from 'valibot';
import { wholeNumber } from '../answer-fields.ts';
import { answerFields } from '../client-frames/answer.ts';
import { decisionFields } from '../client-frames/decide.ts';
import { exampleSession } from '../examples.ts';
import { declareAnswer, declareBody, type RouteDeclaration } from '../route.ts';
import { hostErrors, lookupErrors } from './errors.ts';
import { IdempotencyKey, SessionPath } from './sessions.ts';

const { sessionId } = exampleSession;

const Accepted = v.strictObject({
  status: v.literal('accepted'),
  sessionId: v.string(),
  id: v.pipe(v.string(), v.description('The Idempotency-Key, the id in the body, or one that the engine made')),
  sequence: v.pipe(wholeNumber, v.description('Of the event that records it')),
});

const exampleAccepted = {
  status: 'accepted',
  sessionId,
  id: '01a20798-2b1c-7d41-8a55-0f3f7c1d9e02',
  sequence: 14,
} as const;

const replyErrors = [...lookupErrors, 'noSuchCall', 'alreadyDecided', 'idReused', ...hostErrors] as const;

export const sendAnswer = {
  method: 'post',
  path: '/api/v1/sessions/{id}/answers',
  tag: 'Sessions',
  summary: 'Answer a question of the agent; its turn goes on',
  isOpen: false,
  isCommand: true,
  parameters: SessionPath,
  headers: IdempotencyKey,
  body: declareBody(v.object(answerFields), { toolCallId: 'toolu_01A09q90qw90lq917835lq9', content: 'PostgreSQL' }),
  answer: declareAnswer(Accepted, exampleAccepted),
  errors: replyErrors,
} as const satisfies RouteDeclaration;

export const sendDecision = {
  method: 'post',
  path: '/api/v1/sessions/{id}/decisions',
  tag: 'Sessions',
  summary: 'Decide about a call that wants an approval, or about a plan; the turn goes on',
  isOpen: false,
  isCommand: true,
  parameters: SessionPath,
  headers: IdempotencyKey,
  body: declareBody(v.object(decisionFields), {
    toolCallId: 'toolu_01A09q90qw90lq917835lq9',
    decision: 'deny',
    message: 'Push to a branch of your own.',
  }),
  answer: declareAnswer(Accepted, exampleAccepted),
  errors: replyErrors,
} as const satisfies RouteDeclaration;
