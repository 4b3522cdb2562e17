// A request runs through its route: who calls, the caller's budget, checked input, and an answer as declared.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { type Access, declareAnswer, declareBody, type RouteDeclaration } from '../../schema/protocol/route.ts';
import { createLog } from '../log.ts';
import type { Principal } from '../sessions/access.ts';
import type { DeclarationCheck } from './answer-check.ts';
import { KnownNames } from './known-names.ts';
import { OwnPages } from './own-pages.ts';
import type { Call, Headers } from './request.ts';
import { RouteRunner } from './route-runner.ts';
import { type Answering, bindRoutes, type Handler } from './routes/handler.ts';

const moveChat = {
  method: 'post',
  path: '/api/v1/chats/{id}/moves',
  tag: 'Chats',
  summary: 'Move a chat to another project',
  isOpen: false,
  isCommand: true,
  parameters: v.object({ id: v.string() }),
  headers: v.object({ 'Idempotency-Key': v.optional(v.string()) }),
  query: v.object({ dry: v.optional(v.picklist(['yes'])) }),
  body: declareBody(v.object({ projectId: v.string() }), { projectId: 'p2' }),
  answer: declareAnswer(v.strictObject({ id: v.string(), projectId: v.string() }), { id: 'c1', projectId: 'p2' }),
  errors: ['noSuchChat'],
} as const satisfies RouteDeclaration;
type MoveChat = typeof moveChat;

const moved: Handler<MoveChat> = {
  handle: ({ parameters, body }) => succeeded({ id: parameters.id, projectId: body.projectId }),
};

const headers: Headers = {
  host: 'localhost',
  origin: '',
  fetchSite: '',
  cookie: '',
  authorization: '',
  userId: 'ada',
  internalKey: '',
  adminKey: '',
  idempotencyKey: 'k1',
  lastEventId: undefined,
  accept: '',
  contentLength: '',
  contentType: '',
  transferEncoding: undefined,
  forwardedFor: '',
  repeated: undefined,
  bytes: 0,
};
const call = (json: unknown, query: Record<string, string> = {}): Call => ({
  query,
  parameters: ['c1'],
  headers,
  readBody: async () => succeeded(json),
});

type Circumstances = {
  declarationCheck?: DeclarationCheck;
  isKnown?: boolean;
  isBudgetSpent?: boolean;
  access?: Access;
  principal?: Principal;
};

async function run(
  handler: Handler<MoveChat>,
  asked: Call,
  {
    declarationCheck = 'refused',
    isKnown = true,
    isBudgetSpent = false,
    access,
    principal = { userId: 'ada' },
  }: Circumstances = {},
): Promise<Outcome<unknown>> {
  const tooMany = failed('tooManyCommands', 'You send too many commands.').failure;
  const runner = new RouteRunner({
    auth: { authenticate: () => (isKnown ? succeeded(principal) : failed('notAuthenticated', 'Who is it?')) },
    adminKey: { identify: () => failed('notAuthenticated', 'There is no key.') },
    budget: { takeCommand: async () => (isBudgetSpent ? tooMany : undefined) },
    ownPages: new OwnPages(undefined),
    origins: new KnownNames([]),
    declarationCheck,
    log: createLog('silent', false),
  });
  const [route] = bindRoutes({ moveChat }, { moveChat: handler });
  assert.ok(route);
  const declaration = { ...route.declaration, ...(access && { access }) };
  return runner.run({
    call: asked,
    route: runner.prepare({ ...route, declaration }),
    isStream: false,
    isNear: false,
    principal: undefined,
  });
}

const codeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'done' : outcome.failure.code);

test('a handler gets the path’s parameters, the headers, the query and the body as they are declared', async () => {
  let heard: unknown;
  const handler: Handler<MoveChat> = {
    handle: (request) => {
      heard = request;
      return moved.handle(request);
    },
  };
  const outcome = await run(handler, call({ projectId: 'p2' }, { dry: 'yes', unknown: 'x' }));
  assert.deepEqual(outcome, succeeded({ id: 'c1', projectId: 'p2' }));
  assert.deepEqual(heard, {
    parameters: { id: 'c1' },
    headers: { 'Idempotency-Key': 'k1' },
    query: { dry: 'yes' },
    body: { projectId: 'p2' },
    principal: { userId: 'ada' },
  });
});

test('the compiler asks for a handler of each route, with the declared answer', () => {
  // @ts-expect-error The handler is missing.
  bindRoutes({ moveChat }, {});
  // @ts-expect-error The handler answers something else.
  bindRoutes({ moveChat }, { moveChat: { handle: () => succeeded({ id: 'c1' }) } });
});

test('input that is not as declared never gets to the handler, and the caller is checked before the input', async () => {
  const never: Handler<MoveChat> = { handle: () => assert.fail('It was called.') };
  const bad = call({ projectId: 7 });
  assert.equal(codeOf(await run(never, bad, { isKnown: false })), 'notAuthenticated');
  assert.equal(codeOf(await run(never, bad, { isBudgetSpent: true })), 'tooManyCommands');
  assert.equal(codeOf(await run(never, bad)), 'invalid');
  assert.equal(codeOf(await run(never, call({ projectId: 'p2' }, { dry: 'perhaps' }))), 'invalid');
});

test('a route lets in users alone, or also who has a share, or admins alone', async () => {
  const good = call({ projectId: 'p2' });
  const viewer: Principal = {
    userId: 'ada',
    viewer: { shareId: 's1', sessionId: 'a1', mayReadWorkspace: true, expiresAtMs: 0 },
  };
  const callers = { user: { userId: 'ada' }, admin: { userId: 'ada', isAdmin: true }, viewer };
  const whoGetsIn = async (access?: Access) => {
    const codes = Object.entries(callers).map(async ([name, principal]) => {
      const code = codeOf(await run(moved, good, { principal, ...(access && { access }) }));
      return code === 'done' ? name : code;
    });
    return (await Promise.all(codes)).filter((code) => code !== 'notAllowed');
  };
  assert.deepEqual(await whoGetsIn(), ['user', 'admin']);
  assert.deepEqual(await whoGetsIn('viewer'), ['user', 'admin', 'viewer']);
  assert.deepEqual(await whoGetsIn('admin'), ['admin']);
  const viewingAdmin = { ...viewer, isAdmin: true };
  assert.equal(codeOf(await run(moved, good, { principal: viewingAdmin, access: 'admin' })), 'notAllowed');
});

/** A handler whose answer the compiler can't check. */
const answering = (outcome: Outcome<unknown>): Handler<MoveChat> => ({
  handle: () => outcome as Answering<{ id: string; projectId: string }>,
});

test('a test gets an error in place of an answer or an error that its route does not declare', async () => {
  const good = call({ projectId: 'p2' });
  for (const value of [{ id: 'c1' }, { id: 'c1', projectId: 'p2', secret: 'x' }, { id: 'c1', projectId: null }]) {
    const outcome = await run(answering(succeeded(value)), good);
    assert.equal(codeOf(outcome), 'internal');
    assert.match(outcome.ok ? '' : outcome.failure.detail, /^The answer of POST \/api\/v1\/chats\/\{id\}\/moves isn't/);
  }
  assert.equal(codeOf(await run(answering(failed('noSuchChat', 'There is none.')), good)), 'noSuchChat');
  assert.equal(codeOf(await run(answering(failed('noSuchFile', 'There is none.')), good)), 'internal');
});

test('an undeclared answer is logged in development, and not looked at in production', async () => {
  const value = { id: 'c1', projectId: 'p2', more: 1 };
  for (const declarationCheck of ['logged', 'off'] as const) {
    const outcome = await run(answering(succeeded(value)), call({ projectId: 'p2' }), { declarationCheck });
    assert.deepEqual(outcome, succeeded(value));
  }
});

test('a caller gets a failure where a handler throws', async () => {
  const throwing: Handler<MoveChat> = {
    handle: () => {
      throw new Error('boom');
    },
  };
  assert.equal(codeOf(await run(throwing, call({ projectId: 'p2' }))), 'internal');
  const rejecting: Handler<MoveChat> = { handle: () => Promise.reject(new Error('boom')) };
  assert.equal(codeOf(await run(rejecting, call({ projectId: 'p2' }))), 'internal');
});

test('a declared header that is never read fails the start', () => {
  const declaration: RouteDeclaration = { ...moveChat, headers: v.object({ 'X-Unread': v.string() }) };
  const runner = new RouteRunner({
    auth: { authenticate: () => assert.fail() },
    adminKey: { identify: () => assert.fail() },
    budget: { takeCommand: () => assert.fail() },
    ownPages: new OwnPages(undefined),
    origins: new KnownNames([]),
    declarationCheck: 'off',
    log: createLog('silent', false),
  });
  assert.throws(
    () => runner.prepare({ declaration, handler: { handle: () => assert.fail() } }),
    /X-Unread is not read/,
  );
});
