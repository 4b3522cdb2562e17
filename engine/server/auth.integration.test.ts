// Who may call, with tokens and internal keys of every kind, over REST and WebSocket, and what becomes of a git token.
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
  await engine?.close();
  await fakeProvider?.close();
});

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Tokens are signed by hand, so that they can be wrong in any way. */
function sign(payload: object, { alg = 'HS256', hash = 'sha256', key = testSecret } = {}): string {
  const signedPart = `${encode({ alg, typ: 'JWT' })}.${encode(payload)}`;
  return `${signedPart}.${createHmac(hash, key).update(signedPart).digest('base64url')}`;
}

const unsigned = (alg: string, payload: object) => `${encode({ alg })}.${encode(payload)}.`;

const user = { userId: 'ada' };
const [header, , signature] = sign(user).split('.');

const badTokens: Record<string, string> = {
  expired: sign({ ...user, exp: nowSeconds - 60 }),
  'not valid yet': sign({ ...user, nbf: nowSeconds + 600 }),
  'signed with another key': sign(user, { key: 'another key that is long enough for anybody too' }),
  'signed with no key': sign(user, { key: '' }),
  'signed with the internal key': sign(user, { key: testInternalKey }),
  'alg none': unsigned('none', user),
  'alg None': unsigned('None', user),
  'no alg': unsigned('', user),
  'alg none with a signature': sign(user, { alg: 'none' }),
  HS512: sign(user, { alg: 'HS512', hash: 'sha512' }),
  HS384: sign(user, { alg: 'HS384', hash: 'sha384' }),
  'HS512 by name only': sign(user, { alg: 'HS512' }),
  RS256: sign(user, { alg: 'RS256' }),
  'another payload under the signature': `${header}.${encode({ userId: 'eve' })}.${signature}`,
  'no signature': sign(user).replace(/[^.]*$/, ''),
  'no user': sign({ projectId: 'proj-1' }),
  'an empty user': sign({ userId: '' }),
  'a blank user': sign({ userId: '  ' }),
  'an empty user and a sub': sign({ userId: '', sub: 'victim' }),
  'no user by name and a sub': sign({ userId: null, sub: 'victim' }),
  'a list of users and a sub': sign({ userId: ['ada'], sub: 'victim' }),
  'a user with NUL': sign({ userId: 'a\0b' }),
  'a user with half a character': sign({ userId: 'a\ud800' }),
  'a user whose number is not whole': sign({ userId: 1.5 }),
  'a user whose number JSON cannot hold': sign({ userId: 2 ** 53 }),
  'a session that is no text': sign({ ...user, sessionId: {} }),
  'a project with NUL': sign({ ...user, projectId: '\0' }),
  'of tomorrow': sign({ ...user, iat: nowSeconds + 86_400 }),
  'a user that is too long': sign({ userId: 'x'.repeat(256) }),
  'an expiry that is no number': sign({ ...user, exp: 'never' }),
  'a payload that is no object': sign([user]),
  garbage: 'garbage',
  'three parts of garbage': 'a.b.c',
  dots: '..',
};

/** @returns the user whose sessions the request lists, who has one already, or the problem */
async function callerOf(headers: Record<string, string>, on = engine): Promise<string | Problem> {
  const answer = await fetch(on.http + sessions, { headers });
  const body = (await answer.json()) as Problem & { sessions: { userId: string }[] };
  if (answer.status === 200) return body.sessions[0]?.userId ?? 'a user without sessions';
  assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  return body;
}

async function assertRefused(what: string, headers: Record<string, string>): Promise<void> {
  const problem = await callerOf(headers);
  assert.ok(typeof problem === 'object', what);
  assert.deepEqual([problem.status, problem.code, typeof problem.detail], [401, 'notAuthenticated', 'string'], what);
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

async function createSession(userId: string, on = engine): Promise<void> {
  const headers = backEndHeadersOf(userId);
  const answer = await fetch(on.http + sessions, { method: 'POST', headers, body: JSON.stringify({ task: 'x' }) });
  assert.equal(answer.status, 200);
}

/** @returns all rows as text */
async function readDatabase(): Promise<string> {
  const pool = await createPool(engine.databaseUrl);
  const rows = await pool.any(sql.unsafe`
    SELECT m::text AS text FROM lucid_engine.chat_messages m UNION ALL
    SELECT c::text FROM chat_sessions c UNION ALL
    SELECT a::text FROM lucid_engine.agent_sessions a UNION ALL
    SELECT u::text FROM users u`);
  await pool.end();
  return JSON.stringify(rows);
}

test('a token names its user by userId, or by sub where it has no userId', async () => {
  await createSession('ada');
  const good = {
    userId: sign(user),
    sub: sign({ sub: 'ada' }),
    'both, where userId counts': sign({ userId: 'ada', sub: 'eve' }),
    'empty texts and nulls beside it': sign({ userId: 'ada', projectId: '', sessionId: null }),
    'exp and nbf': sign({ ...user, exp: nowSeconds + 60, nbf: nowSeconds - 60 }),
    'as the front end signs': await signTestToken('ada', { projectId: 'p', sessionId: 'no-such-session' }),
  };
  for (const [what, token] of Object.entries(good)) assert.equal(await callerOf(bearer(token)), 'ada', what);
  for (const scheme of ['bearer', 'BEARER', 'Bearer '])
    assert.equal(await callerOf({ Authorization: `${scheme} ${sign(user)}` }), 'ada', scheme);
});

test('a token that is wrong in any way gets 401 with a reason', async () => {
  for (const [what, token] of Object.entries(badTokens)) await assertRefused(what, bearer(token));
  for (const authorization of ['Bearer', 'Bearer ', sign(user), `Basic ${sign(user)}`, `Bearer ${sign(user)} x`])
    await assertRefused(authorization, { Authorization: authorization });
  await assertRefused('nothing at all', {});
});

test('a token is refused once it has expired, also where it was good a moment ago', async () => {
  const token = sign({ ...user, exp: Math.floor(Date.now() / 1_000) + 6 });
  assert.equal(await callerOf(bearer(token)), 'ada');
  let problem = await callerOf(bearer(token));
  while (typeof problem === 'string') {
    await delay(50);
    problem = await callerOf(bearer(token));
  }
  assert.deepEqual([problem.status, problem.detail], [401, 'The token has expired.']);
});

test('a back end is believed about its user only with the right key', async () => {
  await createSession('grace');
  assert.equal(await callerOf(backEndHeadersOf('grace')), 'grace');
  const wrong = {
    'another key': 'another key',
    'a prefix': testInternalKey.slice(0, -1),
    'more than the key': `${testInternalKey}x`,
    'another case': testInternalKey.toUpperCase(),
    empty: '',
  };
  for (const [what, key] of Object.entries(wrong))
    await assertRefused(what, { 'X-User-ID': 'grace', 'X-Internal-Key': key });
  await assertRefused('no key', { 'X-User-ID': 'grace' });
  await assertRefused('no user', { 'X-Internal-Key': testInternalKey });
  await assertRefused('an empty user', { 'X-User-ID': '', 'X-Internal-Key': testInternalKey });
  await assertRefused('a user that is too long', backEndHeadersOf('x'.repeat(256)));
});

test('a bearer token counts before the headers of a back end, also when it is wrong', async () => {
  await createSession('grace');
  assert.equal(await callerOf({ ...backEndHeadersOf('grace'), ...bearer(sign(user)) }), 'ada');
  await assertRefused('a bad token', { ...backEndHeadersOf('grace'), ...bearer('garbage') });
  await assertRefused('another scheme', { ...backEndHeadersOf('grace'), Authorization: 'Basic Z3JhY2U6eA==' });
});

test('without an internal key, in development, any program on this machine is believed about its user', async (t) => {
  const open = await startTestEngine({ environment: { INTERNAL_API_KEY: '' } });
  t.after(() => open.close());
  await createSession('dev', open);
  assert.equal(await callerOf({ 'X-User-ID': 'dev' }, open), 'dev');
  assert.equal(await callerOf({ 'X-User-ID': 'dev', 'X-Internal-Key': 'whatever' }, open), 'dev');
  assert.equal((await fetch(open.http + sessions)).status, 401);
});

test('a caller who has not said who it is gets 401 from every route under /api/v1', async () => {
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

test('a socket without a token is closed with 4010, whatever user it names', async () => {
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
  assert.doesNotMatch(await readDatabase(), /Hello agent|test-user/);
});

test('a client may send its token in the first message, or in the header of its upgrade', async () => {
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

test('a client that says two tokens in its upgrade is refused; one that says the same twice is not', async () => {
  const [lin, ada] = [await signTestToken('lin'), await signTestToken('ada')];
  const refused = await TestClient.open(`${engine.ws}?token=${lin}`, { headers: { Authorization: `Bearer ${ada}` } });
  assert.equal(await refused.closed, 4010);
  assert.match(JSON.stringify(refused.frames.at(-1)), /not the same/);
  const taken = await TestClient.open(`${engine.ws}?token=${lin}`, { headers: { Authorization: `Bearer ${lin}` } });
  taken.send({ task: 'said twice' });
  await taken.waitForStatus('completed');
  await taken.close();
});

test("the first message's token is a git token where the socket has a JWT, and is shown and stored nowhere", async () => {
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
  const rows = await readDatabase();
  assert.match(rows, /clone it/);
  assert.doesNotMatch(rows, /ghp_never_seen|sk-hidden/);
});

test("another user's JWT in the first message does not change whose socket it is", async () => {
  const foreign = await signTestToken('mallory');
  const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('gil')}`);
  client.send({ task: 'whose is it', token: foreign });
  await client.waitForStatus('completed');
  const answer = await fetch(engine.http + sessions, { headers: backEndHeadersOf('mallory') });
  assert.deepEqual(await answer.json(), { sessions: [] });
  assert.doesNotMatch(await readDatabase(), new RegExp(foreign));
  await client.close();
});
