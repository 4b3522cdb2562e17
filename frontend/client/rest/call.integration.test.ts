// Calls over REST: typed answers and errors of a real engine, and more tries that never do something twice.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { startTestEngine, type TestEngine, testInternalKey } from '../../../engine/testing/engine.ts';
import { createClient, LucidError } from '../index.ts';
import { CuttingProxy } from '../testing/cutting-proxy.ts';
import { isCompleted, makeTestClient, quickBounds, waitForEvent } from '../testing/followed.ts';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine({
    environment: { ENCRYPTION_KEY: 'a key for tests that is long enough for anybody' },
  });
});
after(() => engine?.close());

/** A server that answers requests one after another as they say. */
async function startServer(
  t: TestContext,
  answers: { status: number; body: string; type?: string; location?: string }[],
) {
  const requests: { method: string | undefined; key: string | string[] | undefined }[] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method, key: request.headers['idempotency-key'] });
    const {
      status,
      body,
      type = 'application/problem+json',
      location,
    } = answers[requests.length - 1] ?? assert.fail('asked again');
    response.writeHead(status, { 'Content-Type': type, ...(location && { location }) }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const problem = (status: number, code: string, more: object = {}) => ({
  status,
  body: JSON.stringify({
    type: `urn:lucid:error:${code}`,
    title: code,
    status,
    detail: `It is ${code}.`,
    code,
    ...more,
  }),
});

test('a session is made, read, spoken to, searched through and stopped', async (t) => {
  const lucid = makeTestClient(engine.http);
  const session = await lucid.open({ task: 'Write hello world' });
  t.after(() => session.detach());
  await waitForEvent(session, isCompleted);
  const { chatId, state, usage } = await lucid.sessions.read(session.id);
  assert.deepEqual([state, usage.turns], ['idle', 1]);
  assert.ok((await lucid.sessions.list()).sessions.some(({ sessionId }) => sessionId === session.id));
  assert.equal((await lucid.sessions.resources(session.id)).sandbox, 'memory');
  assert.equal((await lucid.sessions.send(session.id, 'Now add tests')).status, 'accepted');
  const { events, nextAfter } = await lucid.sessions.events(session.id, { after: 1, limit: 3 });
  assert.deepEqual([events.map(({ sequence }) => sequence), nextAfter], [[2, 3, 4], 4]);
  assert.equal((await lucid.sessions.interrupt(session.id)).status, 'accepted');
  const path = '/workspace/project/hello.py';
  const { content } = await lucid.files.read(session.id, path);
  assert.equal((await lucid.files.read(session.id, path, { offset: 1, length: 3 })).content, content.slice(1, 4));
  assert.equal((await lucid.files.list(session.id)).tree.length, 1);
  const uploaded = await lucid.files.upload(session.id, 'note.bin', new Blob([new Uint8Array([0, 255])]));
  assert.deepEqual([uploaded.size, uploaded.path], [2, '/workspace/note.bin']);
  const files = [new File(['a,b'], 'data.csv', { type: 'text/csv' })];
  assert.equal((await lucid.sessions.send(session.id, 'See this', { files })).status, 'accepted');
  assert.ok((await lucid.sessions.create({ task: 'And this' }, { files })).sessionId);
  const archive = await lucid.files.archive(session.id);
  assert.deepEqual([...new Uint8Array(await archive.arrayBuffer()).subarray(0, 2)], [0x1f, 0x8b]);
  await assert.rejects(lucid.files.archive('no-such-session', 'changes'), { code: 'noSuchSession' });
  assert.equal((await lucid.chats.rename(chatId, 'Hello & goodbye')).title, 'Hello & goodbye');
  const { messages, nextAfterSequence } = await lucid.chats.messages(chatId, { limit: 2, after_sequence: 1 });
  assert.deepEqual([messages.at(-1)?.sequence, messages.length], [nextAfterSequence, 2]);
  assert.equal((await lucid.chats.read(chatId, { include: 'system' })).title, 'Hello & goodbye');
  assert.equal((await lucid.chats.export(chatId)).messages[1]?.content, 'Write hello world');
  assert.match(await lucid.chats.export(chatId, 'markdown'), /^# Hello & goodbye\n/);
  const fork = await lucid.chats.fork(chatId, { task: 'Another way' });
  assert.equal((await lucid.sessions.read(fork.sessionId)).task, 'Another way');
  assert.equal((await lucid.sessions.stop(session.id)).status, 'stopped');
  assert.equal((await lucid.chats.remove(chatId)).status, 'deleted');
});

test('a webhook is created, listed, asked again and removed', async () => {
  const lucid = makeTestClient(engine.http);
  const { id, secret } = await lucid.webhooks.create({ url: 'https://hooks.example.com/', events: ['turn.completed'] });
  assert.match(secret, /^whsec_/);
  assert.deepEqual(
    (await lucid.webhooks.list()).webhooks.map((webhook) => webhook.id),
    [id],
  );
  assert.deepEqual(await lucid.webhooks.deliveries(id, { limit: 1 }), { deliveries: [] });
  assert.equal((await lucid.webhooks.redeliver(id)).deliveries, 0);
  assert.equal((await lucid.webhooks.remove(id)).status, 'deleted');
});

test('an error has its code, its sentence, and whether to try again', async () => {
  const lucid = makeTestClient(engine.http);
  await assert.rejects(lucid.sessions.read('a/../b?c#d'), (error: unknown) => {
    assert.ok(error instanceof LucidError && error instanceof Error);
    const { name, code, status, retryable } = error;
    assert.deepEqual(
      { name, code, status, retryable },
      { name: 'LucidError', code: 'noSuchSession', status: 404, retryable: false },
    );
    return true;
  });
  await assert.rejects(lucid.sessions.create({ task: '' }), (error: LucidError) => {
    assert.deepEqual(error.errors, [{ path: 'task', message: 'must not be empty' }]);
    assert.match(error.idempotencyKey ?? '', /^[0-9a-f]{32}$/);
    return true;
  });
});

test('a back end calls for a user, whatever its name', async () => {
  const lucid = createClient({ baseUrl: engine.http, userId: 'josé 100%', internalKey: testInternalKey });
  const { sessionId } = await lucid.sessions.create({ task: 'Write hello world' });
  assert.equal((await lucid.sessions.read(sessionId)).userId, 'josé 100%');
});

test('one session is made however often the answer is lost', async (t) => {
  const proxy = await CuttingProxy.start(engine.port);
  t.after(() => proxy.stop());
  const lucid = makeTestClient(proxy.url, { token: undefined, userId: 'lossy', internalKey: testInternalKey });
  proxy.plan(() =>
    proxy.cuts < 3 ? { cut: { direction: 'toClient', afterBytes: 5, isReset: true } } : { isDoubled: true },
  );
  const { sessionId } = await lucid.sessions.create({ task: 'Write hello world' });
  const { sessions } = await lucid.sessions.list();
  assert.deepEqual(
    sessions.map((session) => session.sessionId),
    [sessionId],
  );
  assert.equal(proxy.cuts, 3);
});

test('a request that could be done twice is not sent twice, but one that was refused at the door is', async (t) => {
  const cut = await startServer(t, [problem(500, 'internal')]);
  const lucid = makeTestClient(cut.url);
  await assert.rejects(lucid.sessions.stop('s-1'), { code: 'internal' });
  assert.equal(cut.requests.length, 1);
  const busy = await startServer(t, [
    problem(503, 'draining', { retryAfterMs: 1 }),
    { status: 200, type: 'application/json', body: '{"status":"stopped"}' },
  ]);
  assert.equal((await makeTestClient(busy.url).sessions.stop('s-1')).status, 'stopped');
});

test('tries again are made under the same key, and end', async (t) => {
  const tries = 3;
  const { url, requests } = await startServer(
    t,
    Array.from({ length: tries }, () => problem(503, 'storageUnavailable')),
  );
  const lucid = makeTestClient(url, { bounds: { requestAttemptsMax: tries } });
  const heard: string[] = [];
  const onRetry = ({ code }: LucidError) => void heard.push(code);
  await assert.rejects(lucid.sessions.send('s-1', 'Hello', { idempotencyKey: 'k-1', onRetry }), {
    code: 'storageUnavailable',
    message: 'It is storageUnavailable.',
    idempotencyKey: 'k-1',
  });
  assert.deepEqual(
    requests.map(({ key }) => key),
    ['k-1', 'k-1', 'k-1'],
  );
  assert.deepEqual(heard, ['storageUnavailable', 'storageUnavailable'], 'Whoever called hears why it takes so long.');
});

test('an answer of something else than the engine is told as such', async (t) => {
  const html = { status: 502, type: 'text/html', body: '<h1>Bad gateway</h1>' };
  const { url } = await startServer(t, [html, { ...html, status: 404 }]);
  await assert.rejects(makeTestClient(url, { bounds: { requestAttemptsMax: 1 } }).chats.list(), {
    code: 'badAnswer',
    retryable: true,
    message: 'Not the engine answered, but something before it: 502, text/html.',
  });
  await assert.rejects(makeTestClient(url).chats.list(), { code: 'badAnswer', retryable: false });
});

test('a token and a key follow no redirect, wherever it leads', async (t) => {
  const elsewhere = await startServer(t, []);
  const { url } = await startServer(t, [{ status: 307, body: '', location: `${elsewhere.url}/` }]);
  await assert.rejects(makeTestClient(url).sessions.send('s-1', 'Hello'), {
    code: 'badAnswer',
    retryable: false,
    message: `The engine's address redirects to ${elsewhere.url}/; name that as baseUrl, since a token follows no redirect.`,
  });
  assert.deepEqual(elsewhere.requests, []);
});

test('an engine that is not there, and one that never answers, are told in a sentence', async (t) => {
  const once = { ...quickBounds, requestAttemptsMax: 1 };
  await assert.rejects(makeTestClient('http://127.0.0.1:9', { bounds: once }).chats.list(), {
    code: 'networkFailed',
    message: /^http:\/\/127\.0\.0\.1:9 can't be reached: /,
  });
  const proxy = await CuttingProxy.start(engine.port);
  t.after(() => proxy.stop());
  proxy.hold();
  const bounds = { ...once, requestTimeoutMs: 50 };
  await assert.rejects(makeTestClient(proxy.url, { bounds }).chats.list(), {
    code: 'timedOut',
    message: /did not answer within 0\.05 s\.$/,
  });
});

test('a caller who wants no answer any more gets its own reason, also between two tries', async (t) => {
  const { url } = await startServer(t, [problem(503, 'notReady', { retryAfterMs: 60_000 })]);
  const leaving = new AbortController();
  const lucid = makeTestClient(url, { bounds: { backOffMaxMs: 100_000 } });
  const asked = lucid.chats.list({}, { signal: leaving.signal });
  setTimeout(() => leaving.abort(new Error('The page was left.')), 20);
  await assert.rejects(asked, /The page was left/);
  await assert.rejects(lucid.chats.list({}, { signal: leaving.signal }), /The page was left/);
});

test('an engine below a path of its host is reached there', async (t) => {
  const { url } = await startServer(t, [{ status: 200, type: 'application/json', body: '{"chats":[]}' }]);
  const asked: string[] = [];
  const fetchNoted: typeof fetch = (input, init) => {
    asked.push(String(input));
    return fetch(input, init);
  };
  assert.deepEqual(await makeTestClient(`${url}/lucid`, { fetch: fetchNoted }).chats.list({ limit: 3 }), { chats: [] });
  assert.deepEqual(asked, [`${url}/lucid/api/v1/chats?limit=3`]);
});
