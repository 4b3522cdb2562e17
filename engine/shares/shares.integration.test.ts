// Sessions that are watched by a link: what a share shows, what it keeps back, and how it ends.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { sql } from 'slonik';
import { openPool } from '../../actors/persistence/database-pool.ts';
import type { ErrorCode } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { type Frame, TestClient } from '../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { TestStream } from '../testing/event-stream.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

type Share = {
  id: string;
  token: string;
  createdAt: string;
  expiresAt: string;
  workspace: boolean;
  lastUsedAt: string | null;
};
type Refusal = { code: ErrorCode; detail: string };

let engine: TestEngine;
let token: string;
before(async () => {
  engine = await startTestEngine({ environment: { MOCK_STEP_DELAY_MS: '10' } });
  token = await signTestToken('ada');
});
after(() => engine?.close());

const sharesOf = (sessionId: string) => `/api/v1/sessions/${sessionId}/shares`;

async function share(sessionId: string, asked: object = {}, on = engine): Promise<Share> {
  const { status, body } = await callAs<Share>(on, 'ada', 'POST', sharesOf(sessionId), asked);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

const revoke = (sessionId: string, { id }: Share, on = engine) =>
  callAs<Refusal>(on, 'ada', 'DELETE', `${sharesOf(sessionId)}/${id}`);

/** As who has the link asks. */
async function view<Body>(path: string, shareToken: string, { on = engine, method = 'GET', body = '' } = {}) {
  const answer = await fetch(`${on.http}${path}`, {
    method,
    headers: { Authorization: `Bearer ${shareToken}`, 'Content-Type': 'application/json' },
    ...(body !== '' && { body }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json');
  return { status: answer.status, body: (isJson ? JSON.parse(text) : text) as Body };
}

const watch = (sessionId: string, shareToken: string, on = engine, lastEventId = ''): Promise<TestStream> =>
  TestStream.open(`${on.http}/api/v1/sessions/${sessionId}/events`, {
    Authorization: `Bearer ${shareToken}`,
    ...(lastEventId !== '' && { 'Last-Event-ID': lastEventId }),
  });

const finished = async (task = 'Write hello world', on = engine): Promise<TestClient> => {
  const client = await TestClient.start(on.ws, token, task);
  await client.waitForStatus('completed');
  return client;
};

const isListedLive = async (sessionId: string, on: TestEngine): Promise<boolean> => {
  const { body } = await callAs<{ sessions: { sessionId: string }[] }>(on, 'ada', 'GET', '/api/v1/sessions');
  return body.sessions.some((session) => session.sessionId === sessionId);
};

test('a share is made with a token that is shown once, listed without it, and deleted', async () => {
  const { sessionId } = await finished();
  const made = await share(sessionId, { expiresInSeconds: 120, workspace: true });
  assert.match(made.token, /^share_[A-Za-z0-9_-]{43}$/);
  assert.deepEqual([made.workspace, made.lastUsedAt], [true, null]);
  assert.equal(Date.parse(made.expiresAt) - Date.parse(made.createdAt), 120_000);
  const standard = await share(sessionId);
  assert.equal(Date.parse(standard.expiresAt) - Date.parse(standard.createdAt), limits.shareSecondsDefault * 1_000);
  assert.equal(standard.workspace, false);
  await view('/api/v1/share', made.token);
  const { body } = await callAs<{ shares: Share[] }>(engine, 'ada', 'GET', sharesOf(sessionId));
  assert.deepEqual(
    body.shares.map(({ id, lastUsedAt }) => [id, lastUsedAt !== null]),
    [
      [made.id, true],
      [standard.id, false],
    ],
  );
  assert.ok(!JSON.stringify(body).includes('share_'));
  assert.equal((await revoke(sessionId, made)).status, 200);
  assert.deepEqual((await revoke(sessionId, made)).body.code, 'noSuchShare');
});

test('a share shows how its session stands, without whose it is and what it cost', async () => {
  const client = await finished();
  const { token: shareToken, expiresAt } = await share(client.sessionId);
  const { status, body } = await view<{ session: Record<string, unknown> }>('/api/v1/share', shareToken);
  assert.equal(status, 200);
  assert.partialDeepStrictEqual(body, {
    expiresAt,
    workspace: false,
    session: { sessionId: client.sessionId, task: 'Write hello world', state: 'idle', lastEvent: { sequence: 12 } },
  });
  assert.deepEqual(
    ['userId', 'chatId', 'usage', 'watchers'].filter((name) => name in body.session),
    [],
  );
  const page = await view<{ events: Frame[] }>(`/api/v1/sessions/${client.sessionId}/events`, shareToken);
  assert.deepEqual(
    page.body.events.map(({ sequence }) => sequence),
    client.events.map(({ sequence }) => sequence),
  );
  const mine = await callAs<Refusal>(engine, 'ada', 'GET', '/api/v1/share');
  assert.deepEqual([mine.status, mine.body.code], [403, 'notAllowed']);
});

test('a viewer sees what streams in though nobody else is there, and each event once, wherever it was cut', async (t) => {
  const slow = await startTestEngine({ environment: { MOCK_STEP_DELAY_MS: '600' } });
  t.after(() => slow.close());
  const asked = { task: 'watch me', autoStart: true };
  const { sessionId } = (await callAs<{ sessionId: string }>(slow, 'ada', 'POST', '/api/v1/sessions', asked)).body;
  const { token: withFiles } = await share(sessionId, { workspace: true }, slow);
  const { token: bare } = await share(sessionId, {}, slow);
  const [first, without] = [await watch(sessionId, withFiles, slow), await watch(sessionId, bare, slow)];
  await first.waitFor('the fifth event', ({ sequence, type }) => sequence === 5 && type !== 'attached');
  first.cut();
  const second = await watch(sessionId, withFiles, slow, first.lastEventId);
  await second.waitFor('the tree', ({ type }) => type === 'file_tree');
  await Promise.all([second.waitForStatus('completed'), without.waitForStatus('completed')]);
  await callAs(slow, 'ada', 'DELETE', `/api/v1/sessions/${sessionId}`);
  assert.deepEqual([await second.ended, await without.ended], [true, true]);
  const { body } = await view<{ events: Frame[] }>(`/api/v1/sessions/${sessionId}/events`, bare, { on: slow });
  assert.deepEqual([...first.stored, ...second.stored], body.events);
  assert.deepEqual(without.stored, body.events);
  assert.ok(!without.frames.some(({ type }) => type === 'file_tree'), 'The workspace is not shared.');
});

test('a share lets nobody do anything, nor see another session, and files only where it says so', async () => {
  const [mine, other] = [await finished(), await finished('another one')];
  const [bare, withFiles] = [await share(mine.sessionId), await share(mine.sessionId, { workspace: true })];
  const at = (id: string, rest = '') => `/api/v1/sessions/${id}${rest}`;
  const workspace = [
    `/api/v1/files/list?session_id=${mine.sessionId}`,
    `/api/v1/files/read?session_id=${mine.sessionId}&path=project/hello.py`,
    at(mine.sessionId, '/changes'),
    at(mine.sessionId, '/changes/diff?path=project/hello.py'),
    at(mine.sessionId, '/archive'),
  ];
  for (const path of workspace) {
    assert.equal((await view(path, withFiles.token)).status, 200, path);
    const { status, body } = await view<Refusal>(path, bare.token);
    assert.deepEqual([status, body.code], [403, 'notAllowed'], path);
  }
  const others = [
    at(other.sessionId, '/events'),
    `/api/v1/files/list?session_id=${other.sessionId}`,
    at(other.sessionId, '/changes'),
    at(other.sessionId, '/archive'),
  ];
  for (const path of others) {
    const { status, body } = await view<Refusal>(path, withFiles.token);
    assert.deepEqual([status, body.code], [403, 'notYours'], path);
  }
  const stream = await watch(other.sessionId, withFiles.token);
  assert.equal(stream.status, 403);
  const unsafe: [method: string, path: string, body?: object][] = [
    ['GET', at('')],
    ['GET', at(mine.sessionId)],
    ['DELETE', at(mine.sessionId)],
    ['POST', at(mine.sessionId, '/messages'), { content: 'Say something else' }],
    ['POST', at(mine.sessionId, '/interrupt')],
    ['GET', sharesOf(mine.sessionId)],
    ['POST', sharesOf(mine.sessionId), {}],
    ['DELETE', `${sharesOf(mine.sessionId)}/${bare.id}`],
    ['POST', '/api/v1/sessions', { task: 'Mine now' }],
    ['POST', '/api/v1/files/write', { session_id: mine.sessionId, path: 'x', content: 'x' }],
    ['GET', '/api/v1/chats'],
    ['GET', '/api/v1/webhooks'],
  ];
  for (const [method, path, body] of unsafe) {
    const refused = await view<Refusal>(path.replace(/\/$/, ''), withFiles.token, {
      method,
      body: body ? JSON.stringify(body) : '',
    });
    assert.deepEqual([refused.status, refused.body.code], [403, 'notAllowed'], `${method} ${path}`);
  }
  assert.equal((await view('/api/v1/share', bare.token)).status, 200);
});

test('a wrong, an expired and a revoked token are refused in the same words', async () => {
  const { sessionId } = await finished();
  const [expired, revoked] = [await share(sessionId), await share(sessionId)];
  await expire(expired);
  await revoke(sessionId, revoked);
  const wrong = ['share_', `share_${'A'.repeat(43)}`, `${revoked.token}x`, expired.token, revoked.token];
  const answers = await Promise.all(wrong.map((each) => view<Refusal>('/api/v1/share', each)));
  assert.deepEqual(new Set(answers.map(({ status, body }) => `${status} ${body.code} ${body.detail}`)).size, 1);
  assert.partialDeepStrictEqual(answers[0], { status: 401, body: { code: 'notAuthenticated' } });
  const { body } = await callAs<{ shares: Share[] }>(engine, 'ada', 'GET', sharesOf(sessionId));
  assert.deepEqual(body.shares, []);
});

test('a token of a share is taken neither in a URL nor by the WebSocket', async () => {
  const { sessionId } = await finished();
  const { token: shareToken } = await share(sessionId);
  const stream = await TestStream.open(`${engine.http}/api/v1/sessions/${sessionId}/events?token=${shareToken}`, {});
  assert.equal(stream.status, 401);
  const client = await TestClient.open(`${engine.ws}?token=${shareToken}&session_id=${sessionId}`);
  assert.equal(await client.closed, 4010);
});

test('who watches is told that the share was revoked, and is sent away', async () => {
  const { sessionId } = await finished();
  const [one, other] = [await share(sessionId), await share(sessionId)];
  const [stream, stays] = [await watch(sessionId, one.token), await watch(sessionId, other.token)];
  await Promise.all([stream.waitForStatus('completed'), stays.waitForStatus('completed')]);
  await revoke(sessionId, one);
  assert.equal(await stream.ended, true);
  assert.partialDeepStrictEqual(stream.frames.at(-1), {
    type: 'error',
    code: 'notAuthenticated',
    message: 'The share was revoked.',
  });
  assert.equal((await watch(sessionId, one.token)).status, 401);
  const client = await TestClient.open(`${engine.ws}?token=${token}&session_id=${sessionId}`);
  client.send({ type: 'message', content: 'And on' });
  await stays.waitFor('the message', ({ content }) => content === 'And on');
  stays.cut();
});

test('who watches is told that the share has expired, and is sent away', async () => {
  const { sessionId } = await finished();
  const made = await share(sessionId, { expiresInSeconds: limits.shareSecondsMin });
  const stream = await watch(sessionId, made.token);
  await stream.waitForStatus('completed');
  await expire(made);
  assert.equal(await stream.ended, true);
  assert.partialDeepStrictEqual(stream.frames.at(-1), { type: 'error', code: 'notAuthenticated' });
});

test('who watches wakes nothing: a session at rest stays so, and one that waits is not begun', async (t) => {
  const resting = await startTestEngine({ environment: { RECONNECT_GRACE: '0', HIBERNATE_AFTER: '0' } });
  t.after(() => resting.close());
  const client = await finished('let me sleep', resting);
  const { sessionId } = client;
  const { token: shareToken } = await share(sessionId, { workspace: true }, resting);
  const waits = await callAs<{ sessionId: string }>(resting, 'ada', 'POST', '/api/v1/sessions', { task: 'wait' });
  const waiting = await share(waits.body.sessionId, {}, resting);
  const stream = await watch(sessionId, shareToken, resting);
  await stream.waitForStatus('completed');
  const early = await watch(waits.body.sessionId, waiting.token, resting);
  await early.waitFor('attached', ({ type }) => type === 'attached');
  await client.close();
  await waitUntil(async () => !(await isListedLive(sessionId, resting)));
  await waitUntil(async () => !(await isListedLive(waits.body.sessionId, resting)));
  const late = await watch(sessionId, shareToken, resting);
  await late.waitForStatus('completed');
  const files = await view<Refusal>(`/api/v1/files/list?session_id=${sessionId}`, shareToken, { on: resting });
  assert.deepEqual([files.status, files.body.code], [409, 'sessionRests']);
  assert.equal(await isListedLive(sessionId, resting), false);
  assert.equal(early.stored.length, 0);
  const state = await view<{ session: { state: string } }>('/api/v1/share', waiting.token, { on: resting });
  assert.equal(state.body.session.state, 'created');
  // And when its owner comes back, who watches sees it.
  await callAs(resting, 'ada', 'POST', `/api/v1/sessions/${sessionId}/messages`, { content: 'Wake up' });
  for (const each of [stream, late]) {
    await each.waitFor('the message', ({ content }) => content === 'Wake up');
    await each.waitFor('the turn', ({ status, sequence = 0 }) => status === 'completed' && sequence > 13);
    each.cut();
  }
  early.cut();
});

test('a session has so many shares and no more, also where they are made at once', async () => {
  const { sessionId } = await finished();
  const made = await Promise.all(
    Array.from({ length: limits.sharesPerSessionMax + 5 }, () =>
      callAs<Share & Refusal>(engine, 'ada', 'POST', sharesOf(sessionId), {}),
    ),
  );
  const full = made.filter(({ status }) => status === 409);
  assert.deepEqual([full.length, full[0]?.body.code], [5, 'tooManyShares']);
  const first = made.find(({ status }) => status === 200)?.body;
  assert.ok(first);
  await revoke(sessionId, first);
  await share(sessionId);
});

test('only the owner of a session shares it, for a time that there is', async () => {
  const { sessionId } = await finished();
  const made = await share(sessionId);
  for (const [method, path, body] of [
    ['POST', sharesOf(sessionId), {}],
    ['GET', sharesOf(sessionId), undefined],
    ['DELETE', `${sharesOf(sessionId)}/${made.id}`, undefined],
  ] as const) {
    const foreign = await callAs<Refusal>(engine, 'eve', method, path, body);
    assert.deepEqual([foreign.status, foreign.body.code], [403, 'notYours'], method);
  }
  for (const expiresInSeconds of [0, 59, limits.shareSecondsMax + 1, 90.5, '3600', -1]) {
    const { status } = await callAs(engine, 'ada', 'POST', sharesOf(sessionId), { expiresInSeconds });
    assert.equal(status, 422, String(expiresInSeconds));
  }
  assert.equal((await callAs(engine, 'ada', 'POST', sharesOf('nobody'), {})).status, 404);
});

test('a share goes with its chat, and who watches is sent away', async () => {
  const client = await finished();
  const made = await share(client.sessionId);
  const stream = await watch(client.sessionId, made.token);
  await stream.waitForStatus('completed');
  const report = await callAs<{ chatId: string }>(engine, 'ada', 'GET', `/api/v1/sessions/${client.sessionId}`);
  const removed = await callAs(engine, 'ada', 'DELETE', `/api/v1/chats/${report.body.chatId}`);
  assert.equal(removed.status, 200);
  await stream.ended;
  assert.equal((await view('/api/v1/share', made.token)).status, 401);
});

/** As on another machine. */
async function startBeside(t: TestContext, databaseUrl: string): Promise<TestEngine> {
  const storage = await mkdtemp(path.join(tmpdir(), 'lucid-shares-'));
  const environment = { MOCK_STEP_DELAY_MS: '10', WORKSPACE_BASE_PATH: storage };
  const beside = await startTestEngine({ databaseUrl, environment });
  t.after(async () => {
    await beside.close();
    await rm(storage, { recursive: true, force: true });
  });
  return beside;
}

test('a share that is made and revoked at one engine holds and ends at another on the same database', async (t) => {
  const second = await startBeside(t, engine.databaseUrl);
  const client = await finished('at the second', second);
  const { sessionId } = client;
  const made = await share(sessionId);
  const page = await view<{ events: Frame[] }>(`/api/v1/sessions/${sessionId}/events`, made.token);
  assert.deepEqual(page.body.events, client.events);
  const stream = await watch(sessionId, made.token, second);
  await stream.waitForStatus('completed');
  const atTheOther = await watch(sessionId, made.token);
  await atTheOther.ended;
  assert.equal(atTheOther.frames.at(-1)?.code, 'elsewhere');
  await revoke(sessionId, made);
  assert.equal(await stream.ended, true);
  assert.equal(stream.frames.at(-1)?.code, 'notAuthenticated');
});

test('who watches a session at rest is sent to the engine that goes on with it', async (t) => {
  const gone = await startBeside(t, engine.databaseUrl);
  const { sessionId } = await finished('left behind', gone);
  const { token: shareToken } = await share(sessionId, {}, gone);
  await gone.stop();
  const [watched, other] = [await startBeside(t, engine.databaseUrl), engine];
  const stream = await watch(sessionId, shareToken, watched);
  await stream.waitForStatus('completed');
  const { status } = await callAs(other, 'ada', 'POST', `/api/v1/sessions/${sessionId}/messages`, { content: 'On' });
  assert.equal(status, 200);
  assert.equal(await stream.ended, true);
  assert.equal(stream.frames.at(-1)?.code, 'elsewhere');
  const goesOn = await watch(sessionId, shareToken, other, stream.lastEventId);
  await goesOn.waitFor('the message', ({ content }) => content === 'On');
  goesOn.cut();
});

/** As if its time were over. */
async function expire({ id }: Share): Promise<void> {
  const pool = await openPool(engine.databaseUrl, {
    connectionsMax: 1,
    statementTimeoutMs: 10_000,
    onError: () => undefined,
  });
  await pool.query(sql.unsafe`UPDATE lucid_engine.shares SET expires_at = now() WHERE id = ${id}`);
  await pool.end();
}
