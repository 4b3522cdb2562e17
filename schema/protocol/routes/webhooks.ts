// The routes of webhooks: create, list, delete, see deliveries, deliver again.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { timestamp, wholeNumber } from '../answer-fields.ts';
import { exampleSession } from '../examples.ts';
import { wholeNumberText } from '../fields.ts';
import { declareAnswer, declareBody, type RouteDeclaration } from '../route.ts';
import { webhookEventNames } from '../webhooks/webhook-events.ts';
import { databaseErrors } from './errors.ts';

const { sessionId, createdAt, updatedAt } = exampleSession;
const eventType = v.picklist(webhookEventNames);

/** What is delivered, and what became of it. */
const deliveryStates = ['waiting', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

const { webhookSecretBytesMin, webhookSecretBytesMax } = limits;

/** As the Standard Webhooks specification writes secrets: 24 to 64 bytes in base64, three in four characters. */
const secretPattern =
  /^whsec_(?:(?:[A-Za-z0-9+/]{4}){8,20}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?|(?:[A-Za-z0-9+/]{4}){21}(?:[A-Za-z0-9+/]{2}==)?)$/;
const secretForm = `whsec_ and ${webhookSecretBytesMin} to ${webhookSecretBytesMax} bytes in base64`;

const givenSecret = v.pipe(
  v.string(),
  v.regex(secretPattern, `must be ${secretForm}`),
  v.description(`${secretForm}; made where none is given`),
);

const CreateWebhook = v.object({
  url: v.pipe(v.string(), v.minLength(1), v.description('https:// and a host of the public internet')),
  events: v.pipe(
    v.array(eventType),
    v.minLength(1),
    v.maxLength(webhookEventNames.length),
    v.description('What to hear of'),
  ),
  secret: v.nullish(givenSecret),
});

export const Webhook = v.strictObject({
  id: v.string(),
  url: v.pipe(v.string(), v.description('Its origin, and the end of a long path: the rest may be secret')),
  events: v.array(eventType),
  state: v.picklist(['active', 'disabled']),
  createdAt: timestamp,
  disabledAt: v.nullable(timestamp),
  disabledReason: v.nullable(v.string()),
});
export type Webhook = v.InferOutput<typeof Webhook>;

const exampleWebhook: Webhook = {
  id: '01a20799-0c4e-7b11-9a52-6f0d5a1c7be4',
  url: 'https://hooks.example.com/…',
  events: ['turn.completed', 'turn.failed'],
  state: 'active',
  createdAt,
  disabledAt: null,
  disabledReason: null,
};

export const createWebhook = {
  method: 'post',
  path: '/api/v1/webhooks',
  tag: 'Webhooks',
  summary: 'Create a webhook; its secret is shown here and never again',
  isOpen: false,
  isCommand: true,
  body: declareBody(CreateWebhook, {
    url: 'https://hooks.example.com/lucid',
    events: ['turn.completed', 'turn.failed'],
  }),
  answer: declareAnswer(v.strictObject({ ...Webhook.entries, secret: v.string() }), {
    ...exampleWebhook,
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=',
  }),
  errors: ['badWebhookUrl', 'tooManyWebhooks', 'noEncryptionKey', ...databaseErrors],
} as const satisfies RouteDeclaration;

export const listWebhooks = {
  method: 'get',
  path: '/api/v1/webhooks',
  tag: 'Webhooks',
  summary: "List the caller's webhooks, oldest first",
  isOpen: false,
  answer: declareAnswer(v.strictObject({ webhooks: v.array(Webhook) }), { webhooks: [exampleWebhook] }),
  errors: databaseErrors,
} as const satisfies RouteDeclaration;

const WebhookPath = v.object({ id: v.pipe(v.string(), v.description('The `id` of the webhook')) });

export const deleteWebhook = {
  method: 'delete',
  path: '/api/v1/webhooks/{id}',
  tag: 'Webhooks',
  summary: 'Delete a webhook with its deliveries',
  isOpen: false,
  parameters: WebhookPath,
  answer: declareAnswer(v.strictObject({ status: v.literal('deleted'), id: v.string() }), {
    status: 'deleted',
    id: exampleWebhook.id,
  }),
  errors: ['noSuchWebhook', ...databaseErrors],
} as const satisfies RouteDeclaration;

export const Delivery = v.strictObject({
  id: v.pipe(v.string(), v.description('Of the event; the header `webhook-id` of every try')),
  type: eventType,
  sessionId: v.pipe(v.nullable(v.string()), v.description('Null for what is about no session')),
  sequence: wholeNumber,
  occurredAt: timestamp,
  state: v.picklist(deliveryStates),
  attempts: wholeNumber,
  lastTriedAt: v.nullable(timestamp),
  nextTryAt: v.pipe(v.nullable(timestamp), v.description('Where it waits to be tried again')),
  status: v.pipe(v.nullable(wholeNumber), v.description('The HTTP status that was answered last')),
  problem: v.pipe(v.nullable(v.string()), v.description('Why the last try failed, in a sentence')),
});
export type Delivery = v.InferOutput<typeof Delivery>;

export const listDeliveries = {
  method: 'get',
  path: '/api/v1/webhooks/{id}/deliveries',
  tag: 'Webhooks',
  summary: 'List what was or will be delivered, newest first',
  isOpen: false,
  parameters: WebhookPath,
  query: v.object({ limit: wholeNumberText(1, 100, 50), state: v.optional(v.picklist(deliveryStates)) }),
  answer: declareAnswer(v.strictObject({ deliveries: v.array(Delivery) }), {
    deliveries: [
      {
        id: '01a20798-2b1c-7d41-8a55-0f3f7c1d9e02',
        type: 'turn.completed',
        sessionId,
        sequence: 14,
        occurredAt: updatedAt,
        state: 'delivered',
        attempts: 1,
        lastTriedAt: updatedAt,
        nextTryAt: null,
        status: 204,
        problem: null,
      },
    ],
  }),
  errors: ['noSuchWebhook', ...databaseErrors],
} as const satisfies RouteDeclaration;

export const redeliver = {
  method: 'post',
  path: '/api/v1/webhooks/{id}/redeliver',
  tag: 'Webhooks',
  summary: 'Deliver again: one delivery, or all that failed; a disabled webhook is active again',
  isOpen: false,
  isCommand: true,
  parameters: WebhookPath,
  body: declareBody(
    v.object({ deliveryId: v.pipe(v.nullish(v.string()), v.description('All that failed where it is absent')) }),
    {},
  ),
  answer: declareAnswer(
    v.strictObject({
      status: v.literal('accepted'),
      deliveries: v.pipe(wholeNumber, v.description('With what waited behind them in their sessions')),
    }),
    {
      status: 'accepted',
      deliveries: 1,
    },
  ),
  errors: ['noSuchWebhook', 'noSuchDelivery', ...databaseErrors],
} as const satisfies RouteDeclaration;
