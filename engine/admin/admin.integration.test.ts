// Those who operate the engine see and stop everybody's sessions, with a key of their own; nobody else gets in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AdminEngine, AdminSession } from '../../schema/protocol/routes/admin.ts';
import { routes } from '../../schema/protocol/routes.ts';
import { TestClient } from '../testing/client.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { RecordedLog } from '../testing/log.ts';
import { callAs, waitUntil } from '../testing/rest.ts';
import { TestBrowser } from '../testing/sign-in.ts';

const adminKey = 'an admin key for tests';
const admin = '/api/v1/admin';
const log = new RecordedLog();

type Problem = { code: string; detail: string; errors?: { path: string }[] };
type SessionsPage = { sessions: AdminSession[]; nextBefore: string | null };

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine({ log, environment: { ADMIN_KEY: adminKey, RECONNECT_GRACE: '0' } });
});
after(() => engine?.close());

async function ask<Body>(path: string, { key = adminKey, method = 'GET', body = undefined as unknown } = {}) {
  const answer = await fetch(`${engine.http}${admin}${path}`, {
    method,
    headers: { 'X-Admin-Key': key, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Body };
}

async function create(user: string, more: object = {}): Promise<string> {
  const asked = { task: `The task of ${user}`, ...more };
  const { status, body } = await callAs<AdminSession>(engine, user, 'POST', '/api/v1/sessions', asked);
  assert.equal(status, 200);
  return body.sessionId;
}

const list = async (query = '') => (await ask<SessionsPage>(`/sessions${query}`)).body;
const adminRoutes = Object.values(routes).filter(({ path }) => path.startsWith(`${admin}/`));

test('whoever has no key, a wrong one or only an account gets in nowhere', async () => {
  assert.equal(adminRoutes.length, 12);
  const withToken = { Authorization: `Bearer ${await signTestToken('ada')}` };
  for (const { method, path, ...route } of adminRoutes) {
    assert.ok('access' in route && route.access === 'admin', path);
    const statusWith = async (headers: Record<string, string>) => {
      const body = method === 'post' ? JSON.stringify({ confirm: 'drain' }) : null;
      const answer = await fetch(engine.http + path.replace('{id}', 'x'), {
        method: method.toUpperCase(),
        headers,
        body,
      });
      return [answer.status, ((await answer.json()) as Problem).code];
    };
    assert.deepEqual(await statusWith({}), [401, 'notAuthenticated'], path);
    assert.deepEqual(await statusWith({ 'X-Admin-Key': 'wrong' }), [401, 'notAuthenticated'], path);
    assert.deepEqual(
      await statusWith({ ...withToken, 'X-Admin-Key': `${adminKey}x` }),
      [401, 'notAuthenticated'],
      path,
    );
    assert.deepEqual(await statusWith(withToken), [403, 'notAllowed'], path);
    assert.deepEqual(await statusWith(backEndHeadersOf('ada')), [403, 'notAllowed'], path);
  }
  assert.equal((await ask<AdminEngine>('/engine')).body.isDraining, false);
});

test('the key opens nothing that is a user’s', async () => {
  const sessionId = await create('owner');
  for (const path of ['/api/v1/sessions', `/api/v1/sessions/${sessionId}`, '/api/v1/chats']) {
    const alone = await fetch(engine.http + path, { headers: { 'X-Admin-Key': adminKey } });
    assert.equal(alone.status, 401, path);
  }
  const beside = await callAs<Problem>(engine, 'eve', 'GET', `/api/v1/sessions/${sessionId}`, undefined, {
    'X-Admin-Key': adminKey,
  });
  assert.deepEqual([beside.status, beside.body.code], [403, 'notYours']);
});

test('an engine without a key has no admins but those who signed in as such', async () => {
  const keyless = await startTestEngine();
  try {
    const answer = await fetch(`${keyless.http}${admin}/engine`, { headers: { 'X-Admin-Key': '' } });
    assert.equal(answer.status, 401);
    const guessed = await fetch(`${keyless.http}${admin}/engine`, { headers: { 'X-Admin-Key': 'undefined' } });
    assert.equal(guessed.status, 401);
  } finally {
    await keyless.close();
  }
});

test('everybody’s sessions are listed, newest first, page by page, by state and by user', async () => {
  const made: string[] = [];
  for (const user of ['ann', 'ben', 'ann', 'ben', 'ann']) made.push(await create(user));
  const newest = [...made].reverse();
  const seen: string[] = [];
  for (let before: string | null = ''; before !== null && seen.length < made.length; ) {
    const page: SessionsPage = await list(`?limit=2${before && `&before=${before}`}`);
    seen.push(...page.sessions.map(({ sessionId }) => sessionId));
    before = page.nextBefore;
  }
  assert.deepEqual(seen.slice(0, made.length), newest);
  const ofBen = await list('?user=ben&state=created');
  assert.deepEqual(
    ofBen.sessions.map(({ sessionId, userId }) => [sessionId, userId]),
    newest.filter((_, at) => at % 2 === 1).map((id) => [id, 'ben']),
  );
  assert.partialDeepStrictEqual(ofBen.sessions[0], { state: 'created', provider: 'anthropic' });
  assert.deepEqual(await list('?user=nobody'), { sessions: [], nextBefore: null });
  assert.deepEqual((await list('?state=failed,working')).sessions, []);
});

test('a session that is at work says which engine and host have it, and one at rest that no host has it', async () => {
  const sessionId = await create('worker', { autoStart: true });
  const find = async () => (await list('?user=worker')).sessions.find((session) => session.sessionId === sessionId);
  await waitUntil(async () => (await find())?.state === 'idle');
  await waitUntil(async () => (await find())?.host === null);
  const { runId } = (await ask<AdminEngine>('/engine')).body;
  assert.notEqual((await find())?.runId, undefined);
  assert.ok([null, runId].includes((await find())?.runId ?? null));
});

test('an admin stops the session of anybody, whose client is told, and the log says who did', async () => {
  const client = await TestClient.start(engine.ws, await signTestToken('cara'), 'never mind');
  await client.waitForStatus('completed');
  const { sessionId = '' } = client;
  assert.equal((await list('?user=cara')).sessions[0]?.host, 0, 'it stays in memory for its client');
  const stopped = await ask(`/sessions/${sessionId}/stop`, { method: 'POST' });
  assert.deepEqual(stopped, { status: 200, body: { status: 'stopped', sessionId, userId: 'cara' } });
  await client.waitForStatus('stopped');
  assert.deepEqual((await list('?user=cara')).sessions[0]?.state, 'stopped');
  const line = log.entries.find(({ event }) => event === 'admin.sessionStopped');
  assert.partialDeepStrictEqual(line, {
    level: 'info',
    fields: { user: 'ADMIN_KEY', session: sessionId, outcome: 'done' },
  });
  for (const id of [sessionId, 'no-such', '%2e%2e%2fsessions', '%00', "'; DROP TABLE users; --"]) {
    const again = await ask<Problem>(`/sessions/${encodeURIComponent(id)}/stop`, { method: 'POST' });
    assert.deepEqual([again.status, again.body.code], [404, 'noSuchSession'], id);
  }
});

test('an admin signs somebody out at every browser, whose connections are closed, and nobody else', async () => {
  const signIn = async (user: string) => {
    const browser = new TestBrowser(engine);
    const { status } = await browser.call('POST', '/console/session', { token: await signTestToken(user) });
    assert.equal(status, 200);
    return browser;
  };
  const user = 'eve/é%';
  const browsers = [await signIn(user), await signIn(user)];
  const other = await signIn('eve');
  const client = await browsers[0]?.open();
  client?.send({ task: 'Write hello world' });
  await client?.waitForStatus('completed');
  const signOut = () => ask(`/users/${encodeURIComponent(user)}/sign-ins`, { method: 'DELETE' });
  assert.deepEqual(await signOut(), { status: 200, body: { userId: user, ended: 2 } });
  assert.equal(await client?.closed, 4010);
  for (const browser of browsers) assert.equal((await browser.call('GET', '/api/v1/sessions')).status, 401);
  assert.equal((await other.call('GET', '/api/v1/sessions')).status, 200);
  assert.deepEqual(await signOut(), { status: 200, body: { userId: user, ended: 0 } });
  const line = log.entries.find(({ event }) => event === 'admin.signedOut');
  assert.partialDeepStrictEqual(line?.fields, { user: 'ADMIN_KEY', person: user, outcome: 'done' });
});

test('users are listed by their id, each once, with their sessions and when they were last active', async () => {
  for (const user of ['u-1', 'u-2', 'u-2', 'u-3']) await create(user);
  type Page = {
    users: { userId: string; sessions: number; liveSessions: number; lastActivityAt: string }[];
    nextAfter: string;
  };
  const first = (await ask<Page>('/users?after=u-&limit=2')).body;
  assert.deepEqual(
    first.users.map(({ userId, sessions, liveSessions }) => [userId, sessions, liveSessions]),
    [
      ['u-1', 1, 1],
      ['u-2', 2, 2],
    ],
  );
  assert.equal(first.nextAfter, 'u-2');
  assert.ok(Date.now() - Date.parse(first.users[0]?.lastActivityAt ?? '') < 60_000);
  const { users } = (await ask<Page>(`/users?after=${first.nextAfter}&limit=100`)).body;
  assert.equal(users[0]?.userId, 'u-3');
});

test('the engine says how it is: its threads, sandboxes, storage and the runs on its database', async () => {
  const { status, body } = await ask<AdminEngine>('/engine');
  assert.equal(status, 200);
  assert.partialDeepStrictEqual(body, { mode: 'mock', isReady: true, problem: null, isDraining: false });
  assert.partialDeepStrictEqual(body.storage, { isAvailable: true, problem: null });
  assert.partialDeepStrictEqual(body.sandboxes, { kind: 'memory', waiting: 0, warm: 0, problem: null });
  assert.deepEqual(body.threads.map(({ thread }) => thread).sort(), ['gateway', ...hostNames(body), 'persistence']);
  assert.ok(body.hosts.every(({ isAway }) => !isAway));
  const [run] = body.runs ?? [];
  assert.partialDeepStrictEqual(run, { runId: body.runId, isThis: true, isOver: false });
});

const hostNames = ({ hosts }: AdminEngine) => hosts.map(({ host }) => `host-${host}`);

test('what /metrics says as text comes as data, sample by sample', async () => {
  type Sampled = {
    metrics: { name: string; help: string; type: string; samples: { name: string; value: number }[] }[];
  };
  const { metrics } = (await ask<Sampled>('/metrics')).body;
  const text = await (await fetch(`${engine.http}/metrics`)).text();
  const typesIn = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  assert.deepEqual(metrics.map(({ name, type }) => `${name} ${type}`).sort(), typesIn.sort());
  const sampleNamesIn = [...text.matchAll(/^([a-z]\w+)(?:\{| )/gm)].map(([, name]) => name);
  assert.deepEqual(new Set(metrics.flatMap(({ samples }) => samples.map(({ name }) => name))), new Set(sampleNamesIn));
  assert.ok(metrics.every(({ samples }) => samples.every(({ value }) => Number.isFinite(value))));
});

test('input that is not as declared is refused by name', async () => {
  for (const [path, named] of [
    ['/sessions?state=resting', 'state'],
    ['/sessions?limit=101', 'limit'],
    ['/users?limit=0', 'limit'],
    ['/costs?from=yesterday', 'from'],
    ['/costs?to=2026-02-30', 'to'],
    ['/costs?from=2026-03-02&to=2026-03-01', 'from'],
    ['/costs?from=2026-01-01&to=2026-12-31', 'from'],
    ['/costs?users=1001', 'users'],
  ] as const) {
    const { status, body } = await ask<Problem>(path);
    assert.deepEqual([status, body.code], [422, 'invalid'], path);
    assert.match(body.errors?.[0]?.path ?? '', new RegExp(`^${named}`), path);
  }
  for (const body of [{}, { confirm: true }, { confirm: 'yes' }, { confirm: 'drain', withinSeconds: -1 }]) {
    const { status } = await ask('/drain', { method: 'POST', body });
    assert.equal(status, 422, JSON.stringify(body));
  }
  const { status, body } = await ask<Problem>('/drain', { method: 'POST' });
  assert.deepEqual([status, body.detail], [400, 'The body is empty, where JSON is needed: confirm is required.']);
  assert.deepEqual(await list('?before=nothing'), { sessions: [], nextBefore: null });
});

test('who lists what is in the log, and who was kept out too, without the key', async () => {
  await list();
  await ask('/users');
  await ask('/costs');
  await ask('/costs', { key: 'a wrong key that nobody may read' });
  const events = log.entries.map(({ event }) => event);
  for (const event of ['admin.sessionsListed', 'admin.usersListed', 'admin.costsRead'] as const)
    assert.ok(events.includes(event), event);
  const refused = log.entries.findLast(({ event }) => event === 'access.refused');
  assert.partialDeepStrictEqual(refused?.fields, { asked: 'admin.costsRead', outcome: 'notAuthenticated' });
  assert.doesNotMatch(JSON.stringify(log.entries), /admin key for tests|that nobody may read|The task of/);
});
