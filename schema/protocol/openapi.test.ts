// The OpenAPI document has every operation with its input, answers and errors, and with examples.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { type ErrorCode, errors } from '../error.ts';
import { limits } from '../limits.ts';
import { additions } from './additions.ts';
import { findMismatch } from './json-schema.ts';
import { buildOpenApiDocument } from './openapi.ts';
import { Problem } from './problem.ts';
import { declareAnswer, errorsOf, type RouteDeclaration, redirectStatusOf } from './route.ts';
import { routes } from './routes.ts';
import { webhookEventNames } from './webhooks/webhook-events.ts';
import { webhookPayloads } from './webhooks/webhook-payload.ts';

const document = buildOpenApiDocument('1.0.0');
const { paths, components, 'x-websockets': webSockets } = document;

function operationAt(path: string, method: string) {
  const operation = paths[path]?.[method];
  assert.ok(operation, `${method} ${path}`);
  return operation;
}
const creating = operationAt('/api/v1/sessions', 'post');
const sending = operationAt('/api/v1/sessions/{id}/messages', 'post');
const declared: [name: string, route: RouteDeclaration][] = Object.entries(routes);

/** The codes that an operation names, each under its status. */
const codesOf = ({ responses }: Pick<typeof creating, 'responses'>): ErrorCode[] =>
  Object.entries(responses).flatMap(([status, { description }]) =>
    description.split('; ').flatMap((part) => {
      const code = part.split(':')[0] as ErrorCode;
      return String(errors[code]?.status) === status ? [code] : [];
    }),
  );

test('a request that can be repeated takes an Idempotency-Key, with its pattern', () => {
  for (const { parameters } of [creating, sending]) {
    const [header] = parameters.filter((parameter) => parameter.in === 'header');
    assert.ok(header);
    assert.deepEqual([header.name, header.required], ['Idempotency-Key', false]);
    assert.partialDeepStrictEqual(header.schema, { type: 'string', maxLength: 255 });
  }
});

test('every error is named under its status, and one that passes has a Retry-After', () => {
  const shared = ['invalid', 'idReused', 'tooManyCommands', 'overloaded', 'storageUnavailable', 'draining'] as const;
  const ofCreating = ['badProvider', 'badRepoUrl', 'badBranch', 'badKey', 'wrongKey', 'tooManySessions'] as const;
  for (const code of [...shared, ...ofCreating]) assert.ok(codesOf(creating).includes(code), code);
  for (const code of [...shared, 'noSuchSession', 'notYours', 'sessionEnded'] as const)
    assert.ok(codesOf(sending).includes(code), code);
  for (const { responses } of [creating, sending])
    for (const [status, { headers = {} }] of Object.entries(responses))
      assert.equal('Retry-After' in headers, ['429', '503'].includes(status), status);
});

test('the answers have the fields that clients read', () => {
  const schemaOf = ({ responses }: typeof creating) => responses[200]?.content?.['application/json']?.schema;
  assert.partialDeepStrictEqual(schemaOf(creating), { required: ['status', 'sessionId', 'message'] });
  assert.partialDeepStrictEqual(schemaOf(sending), { required: ['status', 'sessionId', 'id', 'sequence'] });
});

test('every declared route is an operation with its errors, and every answer has a schema', () => {
  for (const [name, route] of declared) {
    const operation = operationAt(route.path, route.method);
    assert.equal(operation.operationId, name);
    assert.deepEqual(new Set(codesOf(operation)), new Set(errorsOf(route)), name);
    const isRedirect = 'redirects' in route.answer;
    const isSentOn = redirectStatusOf(route) in operation.responses;
    assert.deepEqual([200 in operation.responses, isSentOn], [!isRedirect, isRedirect], name);
    const [content] = Object.values(operation.responses[200]?.content ?? {});
    assert.notDeepEqual(content?.schema, { type: 'object' }, name);
    assert.equal('default' in operation.responses, false, name);
  }
});

test('every example of a body or an answer fits its schema', () => {
  for (const [name, { answer, body }] of declared) {
    for (const { schema, example } of Object.values(answer.downloads ?? { json: answer }))
      assert.equal(findMismatch(schema, example), undefined, name);
    if (body) assert.ok(v.is(body.schema, body.example), name);
  }
  for (const [code, { value }] of Object.entries(components.examples)) {
    assert.equal(findMismatch(Problem, value), undefined, code);
    assert.equal(value.code, code);
  }
});

test('every reference in the document leads to something in it', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
  assert.ok(references.length > 0);
  const parts: Record<string, object> = components;
  for (const [reference, kind = '', name = ''] of references) assert.ok(name in (parts[kind] ?? {}), reference);
});

test('a number in a query is documented with its bounds, though it comes as text', () => {
  const schemas = operationAt('/api/v1/chats', 'get').parameters.map(({ name, schema }) => [name, schema]);
  assert.deepEqual(Object.fromEntries(schemas), {
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 50 },
    offset: { type: 'integer', minimum: 0, maximum: 1_000_000_000, default: 0 },
    q: { type: 'string', maxLength: limits.titleCharsMax },
  });
  const [sessionId] = operationAt('/api/v1/files/read', 'get').parameters;
  assert.deepEqual(sessionId, {
    name: 'session_id',
    in: 'query',
    required: true,
    schema: { type: 'string', minLength: 1, maxLength: limits.idCharsMax },
  });
});

test('every operation but the open ones needs an authenticated caller, and those of admins their key', () => {
  const securityOf = ({ path, method }: RouteDeclaration) =>
    (operationAt(path, method) as { security?: object[] }).security;
  const open = declared.filter(([, route]) => securityOf(route)?.length === 0);
  assert.deepEqual(
    open.map(([name]) => name),
    [
      ...['readStatus', 'checkHealth', 'checkReadiness', 'readMetrics', 'readOpenApi', 'readAsyncApi'],
      ...['readSignIn', 'signIn', 'signOut', 'handOver', 'beginSignIn', 'finishSignIn'],
    ],
  );
  for (const [name, route] of declared) {
    const isForAdmins = 'access' in route && route.access === 'admin';
    assert.equal(JSON.stringify(securityOf(route)) === '[{"adminKey":[]}]', isForAdmins, name);
  }
});

test('a route that is added to the list is documented, with the errors that follow from its input', () => {
  const countSessions = {
    method: 'get',
    path: '/api/v1/sessions/count',
    tag: 'Sessions',
    summary: 'How many sessions the caller has',
    isOpen: false,
    query: v.object({ state: v.optional(v.picklist(['idle', 'working'])) }),
    answer: declareAnswer(v.strictObject({ count: v.number() }), { count: 3 }),
    errors: ['storageUnavailable'],
  } as const satisfies RouteDeclaration;
  const { get, head } = buildOpenApiDocument('1.0.0', { ...routes, countSessions }).paths[countSessions.path] ?? {};
  assert.ok(get && head);
  assert.equal(get.operationId, 'countSessions');
  assert.deepEqual(
    codesOf(get).sort(),
    [
      ...['badRequest', 'headersTooLarge', 'internal', 'invalid', 'notAllowed', 'notAuthenticated'],
      ...['storageUnavailable', 'unknownHost'],
    ].sort(),
  );
});

test('each payload of a webhook has an example, and the headers that sign it', () => {
  assert.deepEqual(Object.keys(document.webhooks), webhookEventNames);
  for (const [name, { post }] of Object.entries(document.webhooks)) {
    const { example } = post.requestBody.content['application/json'];
    assert.equal(example.type, name);
    assert.equal(findMismatch(webhookPayloads[example.type], example), undefined, name);
    assert.deepEqual(
      post.parameters.map((parameter) => parameter.name),
      ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    );
  }
});

test('a route that also streams names both content types, what 204 means, and that a foreign page may not ask', () => {
  const reading = operationAt('/api/v1/sessions/{id}/events', 'get');
  const { content = {} } = reading.responses[200] ?? {};
  assert.deepEqual(Object.keys(content), ['application/json', 'text/event-stream']);
  assert.match(String(content['text/event-stream']?.example), /^id: 1-10\ndata: \{.*\}\n\n$/);
  assert.match(reading.responses[204]?.description ?? '', /has ended/);
  assert.ok(codesOf(reading).includes('foreignOrigin'));
  const names = reading.parameters.map(({ name }) => name);
  for (const name of ['after', 'limit', 'token', 'last_event_id', 'Last-Event-ID'])
    assert.ok(names.includes(name), name);
});

test('the WebSocket’s additions are named beside its address', () => {
  const { description, parameters } = webSockets['/api/v1/ws'];
  for (const [name, about] of Object.entries(additions)) assert.ok(description.includes(`\`${name}\`: ${about}`), name);
  for (const name of ['token', 'session_id', 'epoch', 'last_sequence', 'features'])
    assert.ok(
      parameters.some((parameter) => parameter.name === name && parameter.in === 'query'),
      name,
    );
});
