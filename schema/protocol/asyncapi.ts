// Builds the AsyncAPI document of the WebSocket from the declarations by which the engine encodes and checks its frames.
import type * as v from 'valibot';
import { errors } from '../error.ts';
import { TreeNode } from '../file.ts';
import { limits } from '../limits.ts';
import { additions, everythingSubprotocol } from './additions.ts';
import { AttachQuery, webSocketPath } from './client-frames/attach-query.ts';
import { clientFrames } from './client-frames/client-frames.ts';
import { firstMessage } from './client-frames/first-message.ts';
import { listCloseCodes } from './close-codes.ts';
import { type ClientFrameDeclaration, type ServerFrameDeclaration, typeOfSchema } from './declare-frame.ts';
import { eventTypes } from './events/event-types.ts';
import { componentsOf, jsonSchemaOf, type NamedSchemas } from './json-schema.ts';
import { serverFrames as allServerFrames } from './server-frames/server-frames.ts';

const named: NamedSchemas = { TreeNode };
const channel = 'session';
const firstMessageName = 'first_message';

type Described = { schema: v.GenericSchema; summary: string; examples: readonly unknown[] };

const messageOf = (name: string, { schema, summary, examples }: Described) => ({
  name,
  title: name,
  summary,
  contentType: 'application/json',
  payload: { title: name, ...jsonSchemaOf(schema, named) },
  examples: examples.map((payload) => ({ payload })),
});

/** The message of a frame of the engine, with what a client has to ask for to get it. */
const serverMessageOf = (frame: ServerFrameDeclaration) => {
  const type = typeOfSchema(frame.schema);
  const message = messageOf(type, frame);
  return {
    ...message,
    ...(frame.addition !== undefined && {
      tags: [{ name: 'addition', description: 'Heard by those who ask for it' }],
      description: `An addition: \`features=${type}\`, or the subprotocol \`${everythingSubprotocol}\`, asks for it.`,
    }),
    ...(frame.referenceFields && {
      payload: requireOnly(message.payload, frame.referenceFields),
      description: `Clients that ask for no additions are sent ${listNames(frame.referenceFields)} alone.`,
    }),
  };
};

/** A schema in which only the reference's fields are required, since not every client gets the others. */
const requireOnly = (schema: object, names: readonly string[]) => ({
  ...schema,
  ...('required' in schema &&
    Array.isArray(schema.required) && { required: schema.required.filter((name) => names.includes(name)) }),
});

const listNames = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

const list = (entries: Record<string, string>): string[] =>
  Object.entries(entries).map(([name, about]) => `- \`${name}\`: ${about}`);

/** The codes behind a close code; a first message is also refused with codes of its own, such as `badProvider`. */
const nameErrors = (code: number, names: readonly string[]): string => {
  if (names.length === 0) return 'the session has ended';
  const others =
    code === errors.badFirstMessage.close ? ', and whatever else is wrong with a task, such as badProvider' : '';
  return names.join(', ') + others;
};

const sayWhen = (code: number, comeBack: boolean): string => {
  if (code === errors.notAuthenticated.close) return 'with another token';
  return comeBack ? 'yes' : 'no';
};

const closeCodeRows = listCloseCodes().map(
  ({ code, errors: names, comeBack }) => `| ${code} | ${nameErrors(code, names)} | ${sayWhen(code, comeBack)} |`,
);

const eventSummaries = Object.fromEntries(Object.entries(eventTypes).map(([type, { summary }]) => [type, summary]));

const description = [
  'A client opens the WebSocket, says in its first message what it wants, and hears the frames of one session.',
  'An event, which is a frame with a `sequence` other than `attached`, is stored before it is sent. A client that was cut off comes',
  'back with the `epoch` and the `sequence` of the last event that it saw, `?session_id=…&epoch=1&last_sequence=7`, and hears the',
  'rest, each once. `attached` says where the session stands, which is ahead of what the client has heard.',
  '',
  'Clients must take no offence at fields and types of frames that they do not know.',
  '',
  '## Additions',
  '',
  `They are asked for by name in \`features\`, separated by commas, or all at once by the subprotocol \`${everythingSubprotocol}\`:`,
  '',
  ...list(additions),
  '',
  '## Types of events',
  '',
  ...list(eventSummaries),
  '',
  '## Close codes',
  '',
  'The error frame before the close says why, in words.',
  '',
  '| closed with | codes of the error frame | come back |',
  '|---|---|---|',
  ...closeCodeRows,
].join('\n');

const referTo = (kind: 'messages' | 'securitySchemes', name: string) => ({ $ref: `#/components/${kind}/${name}` });
const inChannel = (name: string) => ({ $ref: `#/channels/${channel}/messages/${name}` });

const querySchema = () => {
  const { properties, ...query } = jsonSchemaOf(AttachQuery) as { properties?: object };
  return { ...query, type: 'object', properties: { token: { type: 'string' }, ...properties } };
};

const operationsFor = (clientTypes: readonly string[], serverTypes: readonly string[]) => {
  const on = { channel: { $ref: `#/channels/${channel}` } };
  return {
    receiveFirstMessage: {
      action: 'receive',
      ...on,
      summary: 'Begins a session or attaches to one; within 30 s of the opening',
      messages: [inChannel(firstMessageName)],
    },
    ...Object.fromEntries(
      clientTypes.map((type) => [
        `receive_${type}`,
        {
          action: 'receive',
          ...on,
          messages: [inChannel(type)],
          reply: { ...on, messages: [inChannel(type === 'ping' ? 'pong' : 'ack'), inChannel('error')] },
        },
      ]),
    ),
    sendFrames: {
      action: 'send',
      ...on,
      summary: 'All that a client may hear of its session',
      messages: serverTypes.map(inChannel),
    },
  };
};

/** @param serverFrames the documented frames, where a test has others */
export function buildAsyncApiDocument(
  version: string,
  serverFrames: readonly ServerFrameDeclaration[] = allServerFrames,
  followUps: readonly ClientFrameDeclaration[] = clientFrames,
) {
  const fromClient = followUps.map((frame) => messageOf(typeOfSchema(frame.schema), frame));
  const fromServer = serverFrames.map(serverMessageOf);
  const all = [messageOf(firstMessageName, firstMessage), ...fromClient, ...fromServer];
  const messages = Object.fromEntries(all.map((message) => [message.name, message]));
  const names = (ofOneSide: readonly { name: string }[]) => ofOneSide.map(({ name }) => name);
  return {
    asyncapi: '3.0.0',
    info: { title: 'Lucid Engine', version, description },
    defaultContentType: 'application/json',
    servers: {
      engine: {
        host: '{host}',
        protocol: 'ws',
        description: 'The engine, or `wss` where a proxy in front of it ends TLS.',
        variables: { host: { default: 'localhost:8000', description: 'Where the engine listens' } },
        security: [referTo('securitySchemes', 'token'), referTo('securitySchemes', 'bearer')],
      },
    },
    channels: {
      [channel]: {
        address: webSocketPath,
        title: 'One session',
        description: `A frame holds at most ${limits.frameBytesMax} bytes.`,
        messages: Object.fromEntries(Object.keys(messages).map((name) => [name, referTo('messages', name)])),
        bindings: { ws: { method: 'GET', query: querySchema(), bindingVersion: '0.1.0' } },
      },
    },
    operations: operationsFor(names(fromClient), names(fromServer)),
    components: {
      messages,
      schemas: componentsOf(named),
      securitySchemes: {
        token: {
          type: 'httpApiKey',
          in: 'query',
          name: 'token',
          description:
            'A JWT (HS256), in the query of the URL. Without one the first message must bring it in its field `token`.',
        },
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The same, as a header.' },
      },
    },
    'x-close-codes': listCloseCodes(),
    'x-event-types': eventSummaries,
  };
}
