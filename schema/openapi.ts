// The OpenAPI document of the REST API, made from the same schemas that check the requests.
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { ChatQuery, ChatsQuery, MessagesQuery } from './chat.ts';
import { CreateSession, RenameChat } from './command.ts';

/** Transformations can't be written as JSON Schema; what comes in is what matters here. */
const jsonSchema = (schema: v.GenericSchema) =>
  toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input', target: 'openapi-3.0' });

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

const answers = {
  200: { description: 'As asked for', content: { 'application/json': { schema: { type: 'object' } } } },
  default: { description: 'What failed', content: { 'application/problem+json': { schema: problem } } },
};

type Parameter = { name: string; in: 'path' | 'query'; required: boolean; schema: object };

const inPath = (name: string): Parameter => ({ name, in: 'path', required: true, schema: { type: 'string' } });
const inQuery = (name: string): Parameter => ({ name, in: 'query', required: true, schema: { type: 'string' } });

const queryOf = (schema: v.GenericSchema): Parameter[] =>
  Object.entries(jsonSchema(schema).properties ?? {}).map(([name, property]) => ({
    name,
    in: 'query',
    required: false,
    schema: property as object,
  }));

const operation = (summary: string, parameters: Parameter[] = [], body?: v.GenericSchema) => ({
  summary,
  parameters,
  responses: answers,
  ...(body && { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body) } } } }),
});

export const openApiDocument = (version: string) => ({
  openapi: '3.0.3',
  info: { title: 'Lucid Engine', version },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      user: { type: 'apiKey', in: 'header', name: 'X-User-ID' },
    },
  },
  security: [{ bearer: [] }, { user: [] }],
  paths: {
    '/': { get: { ...operation('System status'), security: [] } },
    '/health': { get: { ...operation('Health check'), security: [] } },
    '/ready': { get: { ...operation('Whether work can be taken now'), security: [] } },
    '/metrics': { get: { ...operation('What is measured, in Prometheus form'), security: [] } },
    '/openapi.json': { get: { ...operation('This document'), security: [] } },
    '/api/v1/sessions': {
      post: operation('Create a session', [], CreateSession),
      get: operation("List the caller's live sessions"),
    },
    '/api/v1/sessions/{id}': { delete: operation('Stop a session', [inPath('id')]) },
    '/api/v1/chats': { get: operation("List the caller's chats, newest first", queryOf(ChatsQuery)) },
    '/api/v1/chats/{id}': {
      get: operation('Read a chat with its messages', [inPath('id'), ...queryOf(ChatQuery)]),
      patch: operation('Rename a chat', [inPath('id')], RenameChat),
      delete: operation('Delete a chat with its messages', [inPath('id')]),
    },
    '/api/v1/chats/{id}/messages': {
      get: operation('Read a page of messages', [inPath('id'), ...queryOf(MessagesQuery)]),
    },
    '/api/v1/files/list': { get: operation('List the workspace of a live session', [inQuery('session_id')]) },
    '/api/v1/files/read': { get: operation('Read a file of it', [inQuery('session_id'), inQuery('path')]) },
  },
});
