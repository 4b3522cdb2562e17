// Who may call: tokens and internal keys of every kind, over REST and WebSocket, and what becomes of a git token.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createPool, sql } from 'slonik';
import { FakeProvider } from '../../actors/testing/provider/fake-provider.ts';
import { TestClient } from '../testing/client.ts';
import {
  backEndHeadersOf,
  signTestToken,
  startTestEngine,
  type TestEngine,
  testInternalKey,
  testSecret,
} from '../testing/engine.ts';

type Problem = { code: string; detail: string; status: number };

const sessions = '/api/v1/sessions';
const nowSeconds = Math.floor(Date.now() / 1_000);

let fakeProvider: FakeProvider;
let engine: TestEngine;
before(async () => {
  fakeProvider = await FakeProvider.open();
  engine = await startTestEngine({ environment: { LLM_BASE_URL: fakeProvider.url, JWT_LEEWAY: '0' } });
});
after(async () => {
  await engine.close();
  await fakeProvider.close();
});

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token signed by hand, so that it can be wrong in any way. */
function signed(payload: object, { alg = 'HS256', hash = 'sha256', key = testSecret } = {}): string {
  const signedPart = `${encoded({ alg, typ: 'JWT' })}.${encoded(payload)}`;
  return `${signedPart}.${createHmac(hash, key).update(signedPart).digest('base64url')}`;
}

const unsigned = (alg: string, payload: object) => `${encoded({ alg })}.${encoded(payload)}.`;

const user = { userId: 'ada' };
const [header, , signature] = signed(user).split('.');

/** Everything that must not pass for a token. */
const badTokens: Record<string, string> = {
  expired: signed({ ...user, exp: nowSeconds - 60 }),
  'not valid yet': signed({ ...user, nbf: nowSeconds + 600 }),
  'signed with another key': signed(user, { key: 'another key that is long enough for anybody too' }),
  'signed with no key': signed(user, { key: '' }),
  'signed with the internal key': signed(user, { key: testInternalKey }),
  'alg none': unsigned('none', user),
  'alg None': unsigned('None', user),
  'no alg': unsigned('', user),
  'alg none with a signature': signed(user, { alg: 'none' }),
  HS512: signed(user, { alg: 'HS512', hash: 'sha512' }),
  HS384: signed(user, { alg: 'HS384', hash: 'sha384' }),
  'HS512 by name only': signed(user, { alg: 'HS512' }),
  RS256: signed(user, { alg: 'RS256' }),
  'another payload under the signature': `${header}.${encoded({ userId: 'eve' })}.${signature}`,
  'no signature': signed(user).replace(/[^.]*$/, ''),
  'no user': signed({ projectId: 'proj-1' }),
  'an empty user': signed({ userId: '' }),
  'a blank user': signed({ userId: '  ' }),
  'an empty user and a sub': signed({ userId: '', sub: 'victim' }),
  'no user by name and a sub': signed({ userId: null, sub: 'victim' }),
  'a list of users and a sub': signed({ userId: ['ada'], sub: 'victim' }),
  'a user with NUL': signed({ userId: 'a\0b' }),
  'a user with half a character': signed({ userId: 'a\ud800' }),
  'a user whose number is not whole': signed({ userId: 1.5 }),
  'a user whose number JSON cannot hold': signed({ userId: 2 ** 53 }),
  'a session that is no text': signed({ ...user, sessionId: {} }),
  'a project with NUL': signed({ ...user, projectId: '\0' }),
  'of tomorrow': signed({ ...user, iat: nowSeconds + 86_400 }),
  'a user that is too long': signed({ userId: 'x'.repeat(256) }),
  'an expiry that is no number': signed({ ...user, exp: 'never' }),
  'a payload that is no object': signed([user]),
  garbage: 'garbage',
  'three parts of garbage': 'a.b.c',
  dots: '..',
};

/** Whose sessions a request lists: it has one there, made beforehand. */
async function callerOf(headers: Record<string, string>, on = engine): Promise<string | Problem> {
  const answer = await fetch(on.http + sessions, { headers });
  const body = (await answer.json()) as Problem & { sessions: { userId: string }[] };
  if (answer.status === 200) return body.sessions[0]?.userId ?? 'a user without sessions';
  assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  return body;
}

async function refused(what: string, headers: Record<string, string>): Promise<void> {
  const problem = await callerOf(headers);
  assert.ok(typeof problem === 'object', what);
  assert.deepEqual([problem.status, problem.code, typeof problem.detail], [401, 'notAuthenticated', 'string'], what);
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

async function giveSession(userId: string, on = engine): Promise<void> {
  const headers = backEndHeadersOf(userId);
  const answer = await fetch(on.http + sessions, { method: 'POST', headers, body: JSON.stringify({ task: 'x' }) });
  assert.equal(answer.status, 200);
}

/** The whole database as text. */
async function everyRow(): Promise<string> {
  const pool = await createPool(engine.databaseUrl);
  const rows = await pool.any(sql.unsafe`
    SELECT m::text AS text FROM lucid_engine.chat_messages m UNION ALL
    SELECT c::text FROM chat_sessions c UNION ALL
    SELECT a::text FROM lucid_engine.agent_sessions a UNION ALL
    SELECT u::text FROM users u`);
  await pool.end();
  return JSON.stringify(rows);
}

test('a token says who calls: its userId, or its sub in its place', async () => {
  await giveSession('ada');
  const good = {
    userId: signed(user),
    sub: signed({ sub: 'ada' }),
    'both, where userId counts': signed({ userId: 'ada', sub: 'eve' }),
    'empty texts and nulls beside it': signed({ userId: 'ada', projectId: '', sessionId: null }),
    'exp and nbf': signed({ ...user, exp: nowSeconds + 60, nbf: nowSeconds - 60 }),
    'as the front end signs': await signTestToken('ada', { projectId: 'p', sessionId: 'no-such-session' }),
  };
  for (const [what, token] of Object.entries(good)) assert.equal(await callerOf(bearer(token)), 'ada', what);
  for (const scheme of ['bearer', 'BEARER', 'Bearer '])
    assert.equal(await callerOf({ Authorization: `${scheme} ${signed(user)}` }), 'ada', scheme);
});

test('a token that is wrong in any way gets 401 and says no more than why', async () => {
  for (const [what, token] of Object.entries(badTokens)) await refused(what, bearer(token));
  for (const authorization of ['Bearer', 'Bearer ', signed(user), `Basic ${signed(user)}`, `Bearer ${signed(user)} x`])
    await refused(authorization, { Authorization: authorization });
  await refused('nothing at all', {});
});

test('a token that was good a moment ago is refused once it has expired', async () => {
  const token = signed({ ...user, exp: Math.floor(Date.now() / 1_000) + 2 });
  assert.equal(await callerOf(bearer(token)), 'ada');
  let problem = await callerOf(bearer(token));
  while (typeof problem === 'string') {
    await delay(50);
    problem = await callerOf(bearer(token));
  }
  assert.deepEqual([problem.status, problem.detail], [401, 'The token has expired.']);
});

test('a back end is believed about the user when its key is right, and only then', async () => {
  await giveSession('grace');
  assert.equal(await callerOf(backEndHeadersOf('grace')), 'grace');
  const wrong = {
    'another key': 'another key',
    'a prefix': testInternalKey.slice(0, -1),
    'more than the key': `${testInternalKey}x`,
    'another case': testInternalKey.toUpperCase(),
    empty: '',
  };
  for (const [what, key] of Object.entries(wrong)) await refused(what, { 'X-User-ID': 'grace', 'X-Internal-Key': key });
  await refused('no key', { 'X-User-ID': 'grace' });
  await refused('no user', { 'X-Internal-Key': testInternalKey });
  await refused('an empty user', { 'X-User-ID': '', 'X-Internal-Key': testInternalKey });
  await refused('a user that is too long', backEndHeadersOf('x'.repeat(256)));
});

test('a bearer token counts before the headers of a back end, also when it is wrong', async () => {
  await giveSession('grace');
  assert.equal(await callerOf({ ...backEndHeadersOf('grace'), ...bearer(signed(user)) }), 'ada');
  await refused('a bad token', { ...backEndHeadersOf('grace'), ...bearer('garbage') });
  await refused('another scheme', { ...backEndHeadersOf('grace'), Authorization: 'Basic Z3JhY2U6eA==' });
});

test('in development, without an internal key, the user is believed from anybody on this machine', async (t) => {
  const open = await startTestEngine({ environment: { INTERNAL_API_KEY: '' } });
  t.after(() => open.close());
  await giveSession('dev', open);
  assert.equal(await callerOf({ 'X-User-ID': 'dev' }, open), 'dev');
  assert.equal(await callerOf({ 'X-User-ID': 'dev', 'X-Internal-Key': 'whatever' }, open), 'dev');
  assert.equal((await fetch(open.http + sessions)).status, 401);
});

test('every route under /api/v1 wants to know who calls, and tells nothing before', async () => {
  const routes = [
    ['POST', '/sessions'],
    ['GET', '/sessions'],
    ['DELETE', '/sessions/an-id'],
    ['GET', '/chats'],
    ['GET', '/chats/an-id'],
    ['GET', '/chats/an-id/messages'],
    ['PATCH', '/chats/an-id'],
    ['DELETE', '/chats/an-id'],
    ['GET', '/files/list'],
    ['GET', '/files/read'],
  ] as const;
  for (const [method, path] of routes) {
    const body = method === 'POST' || method === 'PATCH' ? '{not json' : null;
    const answer = await fetch(`${engine.http}/api/v1${path}`, { method, body });
    assert.equal(answer.status, 401, `${method} ${path}`);
  }
});

test('a socket whose token is wrong gets an error frame and is closed with 4010', async () => {
  for (const [what, token] of Object.entries(badTokens)) {
    const client = new TestClient(`${engine.ws}?token=${token}`);
    assert.equal(await client.closed, 4010, what);
    const [frame] = client.frames;
    assert.deepEqual([frame?.type, frame?.code, frame?.retryable], ['error', 'notAuthenticated', false], what);
    assert.equal(client.frames.length, 1);
  }
});

test('a socket without a token is refused with 4010, whoever it says it is', async () => {
  for (const [what, first, headers] of [
    ['as wscat would', { task: 'Hello agent', userId: 'test-user' }, {}],
    ['with the headers of a back end', { task: 'Hello agent' }, backEndHeadersOf('ada')],
    ['with a session to attach to', { session_id: 'an-id' }, {}],
    ['with a token that is none', { task: 'Hello agent', token: 'ghp_git_token' }, {}],
    ['with an empty token', { task: 'Hello agent', token: '' }, {}],
  ] as const) {
    const client = await TestClient.open(engine.ws, { headers });
    client.send({ type: 'ping' });
    await client.waitForType('pong');
    client.sendRaw(first);
    assert.equal(await client.closed, 4010, what);
    assert.deepEqual(client.frames.at(-1)?.code, 'notAuthenticated', what);
  }
  assert.doesNotMatch(await everyRow(), /Hello agent|test-user/);
});

test('a socket may bring its token in the first message, or in the header of its upgrade', async () => {
  const inMessage = await TestClient.open(engine.ws);
  inMessage.send({ task: 'by message', token: await signTestToken('lin') });
  await inMessage.waitForStatus('completed');
  const headers = { Authorization: `Bearer ${await signTestToken('lin')}` };
  const inHeader = await TestClient.open(engine.ws, { headers });
  inHeader.send({ task: 'by header' });
  await inHeader.waitForStatus('completed');
  const answer = await fetch(engine.http + sessions, { headers });
  const listed = ((await answer.json()) as { sessions: { task: string }[] }).sessions.map(({ task }) => task);
  assert.deepEqual(listed, ['by message', 'by header']);
  await Promise.all([inMessage.close(), inHeader.close()]);
});

test("the first message's token is a git token where the socket has a JWT, and is seen nowhere", async () => {
  const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('gil')}`);
  client.send({
    task: 'clone it',
    repoUrl: 'https://github.com/user/repo',
    token: 'ghp_never_seen',
    apiKey: 'sk-hidden',
  });
  const completed = await client.waitForStatus('completed');
  client.send({ type: 'message', content: 'and again' });
  await client.waitForStatus('completed', completed.sequence);
  client.send({ type: 'stop' });
  assert.equal(await client.closed, 1000);
  assert.doesNotMatch(JSON.stringify(client.frames), /ghp_never_seen|sk-hidden/);
  const rows = await everyRow();
  assert.match(rows, /clone it/);
  assert.doesNotMatch(rows, /ghp_never_seen|sk-hidden/);
});

test("another user's JWT in the first message changes nothing about who the socket is", async () => {
  const foreign = await signTestToken('mallory');
  const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('gil')}`);
  client.send({ task: 'whose is it', token: foreign });
  await client.waitForStatus('completed');
  const answer = await fetch(engine.http + sessions, { headers: backEndHeadersOf('mallory') });
  assert.deepEqual(await answer.json(), { sessions: [] });
  assert.doesNotMatch(await everyRow(), new RegExp(foreign));
  await client.close();
});
