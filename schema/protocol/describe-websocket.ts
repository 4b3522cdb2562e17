// Describes the opening of a WebSocket for the OpenAPI document, as an extension, since OpenAPI knows requests only.
import { errors } from '../error.ts';
import { additions, everythingSubprotocol } from './additions.ts';
import { AttachQuery } from './client-frames/attach-query.ts';
import { FollowUp } from './client-frames/client-frames.ts';
import { FirstMessage } from './client-frames/first-message.ts';
import { listErrorCloseCodes } from './close-codes.ts';
import { jsonSchemaOf } from './json-schema.ts';

const text = { type: 'string' };

const description = [
  `Additions to the reference are asked for by name in \`features\`, separated by commas, or all at once by the`,
  `subprotocol \`${everythingSubprotocol}\`:\n`,
  ...Object.entries(additions).map(([name, about]) => `- \`${name}\`: ${about}`),
].join('\n');

export const describeWebSocket = () => ({
  summary: 'Open a WebSocket: the protocol of the reference, and what is asked for beside it',
  description,
  parameters: [
    { name: 'token', in: 'query', required: false, schema: text },
    ...Object.entries(AttachQuery.entries).map(([name, field]) => ({
      name,
      in: 'query',
      required: false,
      schema: jsonSchemaOf(field),
    })),
    { name: 'Sec-WebSocket-Protocol', in: 'header', required: false, schema: text },
  ],
  sends: { first: jsonSchemaOf(FirstMessage), later: FollowUp.options.map((frame) => jsonSchemaOf(frame)) },
  closes: listErrorCloseCodes(),
  responses: {
    101: { description: 'The socket is open; who is refused gets an error frame and a close code' },
    426: { description: `upgradeRequired: ${errors.upgradeRequired.title}` },
  },
  security: [],
});
