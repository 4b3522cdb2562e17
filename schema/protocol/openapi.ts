// Builds the OpenAPI document of the REST API from the declarations by which the server routes and checks.
import type * as v from 'valibot';
import { Change, Changes, FileDiff } from '../change.ts';
import { type ErrorCode, type ErrorKind, errors, failed } from '../error.ts';
import { Usage } from '../event.ts';
import { FileContent, Tree, TreeNode } from '../file.ts';
import { limits } from '../limits.ts';
import { InputError } from './answer-fields.ts';
import { webSocketPath } from './client-frames/attach-query.ts';
import { describeWebSocket } from './describe-websocket.ts';
import { componentsOf, jsonSchemaOf, type NamedSchemas } from './json-schema.ts';
import { Problem, problemOf } from './problem.ts';
import { errorsOf, type Fields, methodNamesOf, type RouteDeclaration, redirectStatusOf, tags } from './route.ts';
import { AdminEngine, AdminSession, AdminUser, DayCosts, MetricSample, SampledMetric } from './routes/admin.ts';
import { AdminEngines, EngineOfAll } from './routes/admin-engines.ts';
import { ChatMessage, ListedChat } from './routes/chats.ts';
import { ReportedSession } from './routes/sessions.ts';
import { Share, SharedSession } from './routes/shares.ts';
import { Delivery, Webhook } from './routes/webhooks.ts';
import { routes as allRoutes } from './routes.ts';
import { ack } from './server-frames/ack.ts';
import { agentEvent } from './server-frames/agent-event.ts';
import { error } from './server-frames/error.ts';
import { EventFrame } from './server-frames/server-frames.ts';
import { status } from './server-frames/status.ts';
import { describeWebhooks } from './webhooks/describe-webhooks.ts';

/** Schemas that several operations use, or whose name is useful to generated clients. */
const named: NamedSchemas = {
  EventFrame,
  StatusFrame: status.schema,
  AckFrame: ack.schema,
  AgentEventFrame: agentEvent.schema,
  ErrorFrame: error.schema,
  Usage,
  InputError,
  Problem,
  ListedChat,
  ChatMessage,
  ReportedSession,
  Share,
  SharedSession,
  Tree,
  TreeNode,
  FileContent,
  Change,
  Changes,
  FileDiff,
  Webhook,
  Delivery,
  AdminSession,
  AdminUser,
  AdminEngine,
  AdminEngines,
  EngineOfAll,
  DayCosts,
  SampledMetric,
  MetricSample,
};

const schemaOf = (schema: v.GenericSchema) => jsonSchemaOf(schema, named);

type ObjectSchema = { properties?: Record<string, { description?: string }>; required?: string[] };

type Place = 'path' | 'query' | 'header';

function* parametersIn(place: Place, fields: Fields | undefined) {
  if (!fields) return;
  const { properties = {}, required = [] } = schemaOf(fields) as ObjectSchema;
  for (const [name, { description, ...schema }] of Object.entries(properties)) {
    const about = description === undefined ? {} : { description };
    yield { name, in: place, required: required.includes(name), ...about, schema };
  }
}

const parametersOf = ({ parameters, query, headers }: RouteDeclaration) => [
  ...parametersIn('path', parameters),
  ...parametersIn('query', query),
  ...parametersIn('header', headers),
];

const setCookie = {
  'Set-Cookie': { description: 'The cookie, or its end', schema: { type: 'string' } },
};

const retryAfter = { description: 'Seconds until it is worth trying again', schema: { type: 'integer' } };
const authenticate = { description: 'How a caller says who it is', schema: { type: 'string' } };

/** The headers that come with a status. */
const headersOf = (status: number) => ({
  ...((status === 429 || status === 503) && { headers: { 'Retry-After': retryAfter } }),
  ...(status === 401 && { headers: { 'WWW-Authenticate': authenticate } }),
});

/** An example of an error; its `detail` differs from case to case. */
function exampleOf(code: ErrorCode): Problem {
  const { title, status }: ErrorKind = errors[code];
  const retryAfterMs = status === 429 || status === 503 ? { retryAfterMs: 1_000 } : {};
  return problemOf(failed(code, `${title}.`, retryAfterMs).failure);
}

/** An example of each error that a route may answer. */
function examplesOf(routes: Record<string, RouteDeclaration>) {
  const codes = new Set(Object.values(routes).flatMap(errorsOf));
  return Object.fromEntries([...codes].map((code) => [code, { value: exampleOf(code) }]));
}

/** The response with one status. */
type Response = {
  description: string;
  headers?: object;
  content?: Record<string, { schema: object; example?: unknown; examples?: object }>;
};

/** The problems that an operation may answer, by their status. */
function problemsOf(codes: readonly ErrorCode[]): Record<string, Response> {
  const byStatus = [...Map.groupBy(codes, (code) => errors[code].status)].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    byStatus.map(([status, ofStatus]) => [
      String(status),
      {
        description: ofStatus.map((code) => `${code}: ${errors[code].title}`).join('; '),
        ...headersOf(status),
        content: {
          'application/problem+json': {
            schema: { allOf: [schemaOf(Problem), { properties: { code: { enum: ofStatus } } }] },
            examples: Object.fromEntries(ofStatus.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
          },
        },
      },
    ]),
  );
}

/** The response where all is well. */
function goodResponseOf({ method, answer, stream }: RouteDeclaration): Record<string, Response> {
  const { contentType = 'application/json', schema, example, redirects, setsCookies } = answer;
  if (redirects !== undefined) {
    const location = { Location: { description: redirects, schema: { type: 'string' } } };
    return { [redirectStatusOf({ method })]: { description: redirects, headers: { ...location, ...setCookie } } };
  }
  const forms = Object.entries(answer.downloads ?? { [contentType]: { schema, example } });
  const content = Object.fromEntries(forms.map(([type, form]) => [type, { ...form, schema: schemaOf(form.schema) }]));
  return {
    200: {
      description: 'As asked for',
      ...(setsCookies && { headers: setCookie }),
      content: { ...content, ...streamContentOf(stream) },
    },
    ...(stream && { 204: { description: stream.ending } }),
  };
}

const streamContentOf = (stream: RouteDeclaration['stream']) =>
  stream && {
    [stream.contentType]: { schema: { type: 'string', description: stream.summary }, example: stream.example },
  };

/** A field that isn't known is refused, but for those of forms. */
const bodySchemaOf = ({ schema, isForm }: NonNullable<RouteDeclaration['body']>): object =>
  isForm ? schemaOf(schema) : { ...schemaOf(schema), additionalProperties: false };

const bodyTypeOf = ({ isForm }: NonNullable<RouteDeclaration['body']>): string =>
  isForm ? 'application/x-www-form-urlencoded' : 'application/json';

/** The fields of the JSON body and files; a field that is text may also be a part of its own. */
const multipartSchema = {
  type: 'object',
  properties: {
    json: { type: 'string', description: 'The fields of the JSON body, as JSON; texts may also be parts of their own' },
    files: { type: 'array', maxItems: limits.attachmentsMax, items: { type: 'string', format: 'binary' } },
  },
  additionalProperties: { type: 'string' },
};

/** How users say who they are; with each alone. */
const ofUsers = [{ bearer: [] }, { user: [], internalKey: [] }, { cookie: [] }];

function operationOf(operationId: string, route: RouteDeclaration) {
  const { tag, summary, body, files, upload, isOpen, access } = route;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(isOpen && { security: [] }),
    ...(access === 'admin' && { security: [{ adminKey: [] }] }),
    ...(access === 'viewer' && { security: [...ofUsers, { share: [] }] }),
    parameters: parametersOf(route),
    ...(body && {
      requestBody: {
        required: true,
        content: {
          [bodyTypeOf(body)]: { schema: bodySchemaOf(body), example: body.example },
          ...(files && { 'multipart/form-data': { schema: multipartSchema } }),
        },
      },
    }),
    ...(upload && {
      requestBody: {
        required: true,
        content: {
          'application/octet-stream': { schema: { type: 'string', format: 'binary' }, example: upload.example },
        },
      },
    }),
    responses: { ...goodResponseOf(route), ...problemsOf(errorsOf(route)) },
  };
}
type Operation = ReturnType<typeof operationOf>;

/** The HEAD operation of a GET, with the same statuses and no body. */
function headOf({ operationId, summary, responses, ...get }: Operation) {
  const heads = Object.entries(responses).map(([status, { description }]) => [status, { description }]);
  return {
    ...get,
    operationId: `${operationId}Head`,
    summary: `${summary}: the head alone`,
    responses: Object.fromEntries(heads) as Record<string, Response>,
  };
}

function pathsOf(routes: Record<string, RouteDeclaration>): Record<string, Partial<Record<string, Operation>>> {
  const operations = Object.entries(routes).map(([operationId, route]) => {
    const operation = operationOf(operationId, route);
    const head = methodNamesOf(route).includes('HEAD') ? { head: headOf(operation) } : {};
    return { path: route.path, item: { [route.method]: operation, ...head } };
  });
  const byPath = Map.groupBy(operations, ({ path }) => path);
  return Object.fromEntries(
    [...byPath].map(([path, ofPath]) => [path, Object.assign({}, ...ofPath.map(({ item }) => item))]),
  );
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  share: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'share_…',
    description: 'The token of a share, which lets one session be watched.',
  },
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
    description: 'INTERNAL_API_KEY; an engine without one asks for none, and believes callers of its own machine only.',
  },
  adminKey: { type: 'apiKey', in: 'header', name: 'X-Admin-Key', description: 'ADMIN_KEY, where the engine has one.' },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-lucid_console',
    description:
      'Who has signed in with a browser; `lucid_console` over http. It counts where neither of the others is given, in pages of the engine itself.',
  },
};

export const buildOpenApiDocument = (version: string, routes: Record<string, RouteDeclaration> = allRoutes) => ({
  openapi: '3.1.1',
  info: {
    title: 'Lucid Engine',
    version,
    description:
      'Runs AI coding agents. What goes over its WebSocket is described at `/docs/websocket`, by `/asyncapi.json` and under `x-websockets`.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/', description: 'The engine that this document comes from' }],
  tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
  components: { securitySchemes, schemas: componentsOf(named), examples: examplesOf(routes) },
  security: ofUsers,
  paths: pathsOf(routes),
  webhooks: describeWebhooks(),
  'x-websockets': { [webSocketPath]: describeWebSocket() },
});
