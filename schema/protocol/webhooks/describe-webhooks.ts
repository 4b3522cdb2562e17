// What the OpenAPI document says of webhooks: a request for each type of event, as its receiver gets it.
import { jsonSchemaOf } from '../json-schema.ts';
import { webhookEventNames, webhookEventTypes } from './webhook-events.ts';
import { examplePayloads, webhookPayloads } from './webhook-payload.ts';

const headers = [
  ['webhook-id', 'The id of the event, the same on every try: what was seen before needs nothing done'],
  ['webhook-timestamp', 'When it was sent, in seconds since 1970: what is older than five minutes should be refused'],
  ['webhook-signature', '`v1,` and the HMAC-SHA256 of `{id}.{timestamp}.{body}` under the secret, in base64'],
].map(([name, description]) => ({ name, in: 'header', required: true, description, schema: { type: 'string' } }));

const responses = {
  '2XX': { description: 'Taken; nothing of the answer is read' },
  '410': { description: 'Wanted no more: the webhook is disabled at once' },
  default: { description: 'Tried again for 24 hours; then the webhook is disabled' },
};

export const describeWebhooks = () =>
  Object.fromEntries(
    webhookEventNames.map((name) => [
      name,
      {
        post: {
          operationId: `on ${name}`.replace(/[ .](\w)/g, (_, first: string) => first.toUpperCase()),
          tags: ['Webhooks'],
          summary: webhookEventTypes[name],
          security: [],
          parameters: headers,
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: jsonSchemaOf(webhookPayloads[name]), example: examplePayloads[name] },
            },
          },
          responses,
        },
      },
    ]),
  );
