// The API's description says of what can be retried how to do it, and of every refusal what it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, errors } from '../error.ts';
import { additions } from './additions.ts';
import { openApiDocument } from './openapi.ts';

const { paths, 'x-websockets': webSockets } = openApiDocument('1.0.0');
const creating = paths['/api/v1/sessions'].post;
const sending = paths['/api/v1/sessions/{id}/messages'].post;

type Response = { description: string; headers?: object };

/** The codes that an operation names, each under its status. */
const codesOf = ({ responses }: { responses: object }): ErrorCode[] =>
  Object.entries(responses as Record<string, Response>).flatMap(([status, { description }]) =>
    description.split('; ').flatMap((part) => {
      const code = part.split(':')[0] as ErrorCode;
      return String(errors[code]?.status) === status ? [code] : [];
    }),
  );

test('a request that can be retried takes an Idempotency-Key, and says what it may look like', () => {
  for (const { parameters } of [creating, sending]) {
    const [header] = parameters.filter((parameter) => parameter.in === 'header');
    assert.ok(header);
    assert.deepEqual([header.name, header.required], ['Idempotency-Key', false]);
    assert.partialDeepStrictEqual(header.schema, { type: 'string', maxLength: 255 });
  }
});

test('every refusal is named under its status, and one that passes says when to come again', () => {
  const shared = ['invalid', 'idReused', 'tooManyCommands', 'overloaded', 'storageUnavailable', 'draining'] as const;
  const ofCreating = ['badProvider', 'badRepoUrl', 'badBranch', 'badKey', 'wrongKey', 'tooManySessions'] as const;
  for (const code of [...shared, ...ofCreating]) assert.ok(codesOf(creating).includes(code), code);
  for (const code of [...shared, 'noSuchSession', 'notYours', 'sessionEnded'] as const)
    assert.ok(codesOf(sending).includes(code), code);
  for (const { responses } of [creating, sending])
    for (const [status, { headers }] of Object.entries(responses as Record<string, Response>))
      assert.equal(headers !== undefined, ['429', '503'].includes(status), status);
});

test('the answers have the fields that clients read', () => {
  const schemaOf = ({ responses }: typeof creating) => responses[200].content['application/json'].schema;
  assert.partialDeepStrictEqual(schemaOf(creating), { required: ['status', 'sessionId', 'message'] });
  assert.partialDeepStrictEqual(schemaOf(sending), { required: ['status', 'sessionId', 'id', 'sequence'] });
});

test('what may be asked for on a WebSocket is named where its address is', () => {
  const { description, parameters } = webSockets['/api/v1/ws'];
  for (const [name, about] of Object.entries(additions)) assert.ok(description.includes(`\`${name}\`: ${about}`), name);
  for (const name of ['token', 'session_id', 'epoch', 'last_sequence', 'features'])
    assert.ok(
      parameters.some((parameter) => parameter.name === name && parameter.in === 'query'),
      name,
    );
});
