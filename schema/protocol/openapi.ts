// The OpenAPI document of the REST API, made from the same schemas that check the requests.
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { AttachQuery, ClientFrame, FirstMessage } from '../command.ts';
import { type ErrorCode, type ErrorKind, errors } from '../error.ts';
import { reportedStates } from '../session.ts';
import { additions, everythingSubprotocol } from './additions.ts';
import { documentationOf } from './documented.ts';
import { ChatQuery, ChatsQuery, MessagesQuery, RenameChat } from './routes/chats.ts';
import { FileQuery, TreeQuery } from './routes/files.ts';
import { CreateSession, IdempotencyKey, SendMessage } from './routes/sessions.ts';

type Fields = v.ObjectSchema<v.ObjectEntries, undefined>;

/** Transformations can't be written as JSON Schema; what comes in is what matters here. */
function jsonSchema(schema: Fields) {
  const { properties, required } = toJsonSchema(schema, {
    errorMode: 'ignore',
    typeMode: 'input',
    target: 'openapi-3.0',
  });
  const described = Object.entries(schema.entries).flatMap(([name, entry]) => {
    const documented = documentationOf(entry);
    return documented ? [[name, documented] as const] : [];
  });
  return {
    type: 'object',
    properties: { ...properties, ...Object.fromEntries(described) },
    ...(required && required.length > 0 && { required }),
  };
}

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    errors: { type: 'array', items: { type: 'object' } },
    retryAfterMs: { type: 'integer' },
  },
};

const json = (schema: object) => ({ 'application/json': { schema } });
const problemContent = { 'application/problem+json': { schema: problem } };
const anyAnswer = { type: 'object' };

const text = { type: 'string' };
const answerOf = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

const createdSession = answerOf({
  status: { type: 'string', enum: ['ready', 'mock'] },
  sessionId: text,
  message: text,
});
const acceptedMessage = answerOf({
  status: { type: 'string', enum: ['accepted'] },
  sessionId: text,
  id: { type: 'string', description: 'The Idempotency-Key, the id in the body, or one of ours' },
  sequence: { type: 'integer', description: 'Of the event that records the message' },
});

const count = { type: 'integer' };
const reportedSession = answerOf({
  sessionId: text,
  userId: text,
  chatId: text,
  task: text,
  state: { type: 'string', enum: [...reportedStates] },
  isAlive: { type: 'boolean', description: 'Whether it takes messages' },
  isActive: { type: 'boolean', description: 'Whether anybody is connected or work goes on' },
  createdAt: text,
  updatedAt: text,
  lastTurn: { ...answerOf({ reason: text, message: text }), nullable: true },
  usage: {
    ...answerOf({
      turns: count,
      inputTokens: count,
      outputTokens: count,
      cachedTokens: count,
      cacheWriteTokens: count,
      steps: count,
      durationMs: { type: 'number' },
    }),
    description: 'Of all turns that have ended; costUsd where prices are known',
  },
});

/** What whoever sends a command may hear; a client that is told to come back is told when. */
const errorsOfCommands = [
  'badRequest',
  'notAuthenticated',
  'bodyTooLarge',
  'headersTooLarge',
  'invalid',
  'idReused',
  'tooManyCommands',
  'tooManySessions',
  'overloaded',
  'storageUnavailable',
  'draining',
  'noAnswer',
  'internal',
] as const satisfies ErrorCode[];

const errorsOfCreating: readonly ErrorCode[] = [
  ...errorsOfCommands,
  'badProvider',
  'badKey',
  'badRepoUrl',
  'badBranch',
  'wrongKey',
  'unknownUser',
  'refusedByStorage',
];

const errorsOfMessages: readonly ErrorCode[] = [
  ...errorsOfCommands,
  'noSuchSession',
  'notYours',
  'sessionEnded',
  'refusedByStorage',
];

const retryAfter = { description: 'Seconds until it is worth trying again', schema: { type: 'integer' } };

/** By status, what each of its codes means. */
function responsesOf(answer: object, codes: readonly ErrorCode[]) {
  const refusals = [...Map.groupBy(codes, (code) => errors[code].status)].map(([status, ofStatus]) => [
    String(status),
    {
      description: ofStatus.map((code) => `${code}: ${errors[code].title}`).join('; '),
      content: problemContent,
      ...((status === 429 || status === 503) && { headers: { 'Retry-After': retryAfter } }),
    },
  ]);
  return {
    200: { description: 'As asked for', content: json(answer) },
    ...Object.fromEntries(refusals),
    default: { description: 'What failed', content: problemContent },
  };
}

type Parameter = { name: string; in: 'path' | 'query' | 'header'; required: boolean; schema: object };

const inPath = (name: string): Parameter => ({ name, in: 'path', required: true, schema: { type: 'string' } });

function fieldsOf(schema: Fields, place: Parameter['in']): Parameter[] {
  const { properties = {}, required = [] } = jsonSchema(schema);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property as object,
  }));
}

const queryOf = (schema: Fields) => fieldsOf(schema, 'query');
const idempotencyKey = fieldsOf(IdempotencyKey, 'header');

type More = { body?: Fields; answer?: object; errors?: readonly ErrorCode[] };

const operation = (summary: string, parameters: Parameter[] = [], more: More = {}) => ({
  summary,
  parameters,
  responses: responsesOf(more.answer ?? anyAnswer, more.errors ?? []),
  ...(more.body && { requestBody: { required: true, content: json(jsonSchema(more.body)) } }),
});

/** By close code: which errors it comes with, and whether a client should come back. */
function closesOf(all: Record<string, ErrorKind>) {
  const closing = Object.entries(all).filter(([, { close }]) => close !== undefined);
  return [...Map.groupBy(closing, ([, { close }]) => close)].map(([code, kinds]) => ({
    code,
    errors: kinds.map(([name]) => name),
    comeBack: kinds.every(([, { retryable }]) => retryable),
  }));
}

const openly = (summary: string) => ({ ...operation(summary), security: [] });

const metricsAnswers = {
  ...responsesOf(anyAnswer, []),
  200: { description: 'As asked for', content: { 'text/plain': { schema: text } } },
};

/** How a WebSocket is opened, and what may be asked for: beside the paths, since OpenAPI knows of requests only. */
const webSocket = {
  summary: 'Open a WebSocket: the protocol of the reference, and what is asked for beside it',
  description: [
    `Additions to the reference are asked for by name in \`features\`, separated by commas, or all at once by the`,
    `subprotocol \`${everythingSubprotocol}\`:\n`,
    ...Object.entries(additions).map(([name, about]) => `- \`${name}\`: ${about}`),
  ].join('\n'),
  parameters: [
    { name: 'token', in: 'query', required: false, schema: text },
    ...queryOf(AttachQuery),
    { name: 'Sec-WebSocket-Protocol', in: 'header', required: false, schema: text },
  ],
  sends: { first: jsonSchema(FirstMessage), later: ClientFrame.options.map(jsonSchema) },
  closes: closesOf(errors),
  responses: {
    101: { description: 'The socket is open; who is refused gets an error frame and a close code' },
    ...responsesOf(anyAnswer, ['upgradeRequired']),
  },
  security: [],
};

const paths = {
  '/': { get: openly('System status') },
  '/health': { get: openly('Health check') },
  '/ready': { get: openly('Whether work can be taken now') },
  '/metrics': { get: { ...openly('What is measured, in Prometheus form'), responses: metricsAnswers } },
  '/openapi.json': { get: openly('This document') },
  '/api/v1/sessions': {
    post: operation('Create a session; with an Idempotency-Key once, however often it is sent', idempotencyKey, {
      body: CreateSession,
      answer: createdSession,
      errors: errorsOfCreating,
    }),
    get: operation("List the caller's live sessions"),
  },
  '/api/v1/sessions/{id}': {
    get: operation('Read how a session stands, and what its turns have used', [inPath('id')], {
      answer: reportedSession,
      errors: ['notAuthenticated', 'notYours', 'noSuchSession', 'storageUnavailable', 'internal'],
    }),
    delete: operation('Stop a session', [inPath('id')]),
  },
  '/api/v1/sessions/{id}/messages': {
    post: operation('Send a message to a session', [inPath('id'), ...idempotencyKey], {
      body: SendMessage,
      answer: acceptedMessage,
      errors: errorsOfMessages,
    }),
  },
  '/api/v1/chats': { get: operation("List the caller's chats, newest first", queryOf(ChatsQuery)) },
  '/api/v1/chats/{id}': {
    get: operation('Read a chat with its messages', [inPath('id'), ...queryOf(ChatQuery)]),
    patch: operation('Rename a chat', [inPath('id')], { body: RenameChat }),
    delete: operation('Delete a chat with its messages', [inPath('id')]),
  },
  '/api/v1/chats/{id}/messages': {
    get: operation('Read a page of messages', [inPath('id'), ...queryOf(MessagesQuery)]),
  },
  '/api/v1/files/list': { get: operation('List the workspace of a live session', queryOf(TreeQuery)) },
  '/api/v1/files/read': { get: operation('Read a file of it, or a part', queryOf(FileQuery)) },
};

type Head = { summary: string; responses: { 200: object } };

/** Whatever can be read answers HEAD as well. */
function withHeads<Paths extends Record<string, object>>(all: Paths): Paths {
  const headOf = (get: object): Head => {
    const { summary, responses, ...more } = get as Head;
    const answers = Object.fromEntries(
      Object.entries(responses).map(([status]) => [status, { description: 'No body' }]),
    );
    return { ...more, summary: `${summary}: the head alone`, responses: answers as Head['responses'] };
  };
  const items = Object.entries(all).map(([path, item]: [string, { get?: object }]) => [
    path,
    item.get ? { ...item, head: headOf(item.get) } : item,
  ]);
  return Object.fromEntries(items) as Paths;
}

export const openApiDocument = (version: string) => ({
  openapi: '3.0.3',
  info: { title: 'Lucid Engine', version },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      user: {
        type: 'apiKey',
        in: 'header',
        name: 'X-User-ID',
        description:
          'Whom a back end calls for. Visible ASCII; anything else percent-encoded as UTF-8 (josé is jos%C3%A9), and % as %25.',
      },
      internalKey: {
        type: 'apiKey',
        in: 'header',
        name: 'X-Internal-Key',
        description:
          'INTERNAL_API_KEY; an engine without one asks for none, and believes callers of its own machine only.',
      },
    },
  },
  security: [{ bearer: [] }, { user: [], internalKey: [] }],
  paths: withHeads(paths),
  'x-websockets': { '/api/v1/ws': webSocket },
});
