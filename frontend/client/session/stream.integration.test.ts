// A session that is watched by a share's token, or where there is no WebSocket: the same events, over any number of cuts.
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { startTestEngine, type TestEngine } from '../../../engine/testing/engine.ts';
import { createClient, type Session } from '../index.ts';
import { CuttingProxy } from '../testing/cutting-proxy.ts';
import {
  assertEachOnce,
  gather,
  isCompleted,
  makeTestClient,
  quickBounds,
  waitForEvent,
  waitForState,
} from '../testing/followed.ts';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine({ environment: { MOCK_STEP_DELAY_MS: '10' } });
});
after(() => engine?.close());

/** A session of somebody's, and a share of it. */
async function shareSession(asked: { workspace?: boolean } = {}) {
  const owner = makeTestClient(engine.http);
  const session = await owner.open({ task: 'Write hello world' });
  const share = await owner.sessions.share(session.id, asked);
  return { owner, session, share };
}

const watchWith = (token: string, t: TestContext, id: string, baseUrl = engine.http, bounds = {}): Session => {
  const lucid = createClient({ baseUrl, token, bounds: { ...quickBounds, ...bounds } });
  const session = lucid.attach(id);
  t.after(() => session.detach());
  return session;
};

test('who has a share follows its session, and finds out from the token alone which that is', async (t) => {
  const { owner, session, share } = await shareSession({ workspace: true });
  const lucid = createClient({ baseUrl: engine.http, token: share.token });
  const shared = await lucid.sessions.shared();
  assert.equal(shared.session.sessionId, session.id);
  const watched = lucid.attach(session.id);
  t.after(() => watched.detach());
  const { events, gaps, errors } = gather(watched);
  const tree = new Promise<void>((resolve) => watched.on('transient', ({ type }) => type === 'file_tree' && resolve()));
  await waitForEvent(watched, isCompleted);
  await session.send('And on');
  await tree;
  await session.stop();
  await waitForState(watched, 'connection', 'ended');
  assertEachOnce(events);
  assert.deepEqual([gaps, errors], [[], []]);
  assert.equal(watched.state.status, 'stopped');
  assert.equal((await owner.sessions.listShares(session.id)).shares[0]?.id, share.id);
  await assert.rejects(lucid.sessions.send(session.id, 'Hello?'), { code: 'notAllowed', status: 403 });
});

test('what is said to a session that is only watched is refused in a sentence', async (t) => {
  const { session, share } = await shareSession();
  t.after(() => session.detach());
  const watched = watchWith(share.token, t, session.id);
  const early = assert.rejects(watched.send('At once'), { code: 'notAllowed', message: /^A share lets/ });
  await waitForState(watched, 'connection', 'open');
  await early;
  await assert.rejects(watched.interrupt(), { code: 'notAllowed' });
  assert.deepEqual([watched.state.queued, watched.state.connection], [0, 'open']);
});

test('each event comes once and in order, wherever the stream is cut', async (t) => {
  const { session, share } = await shareSession();
  await waitForEvent(session, isCompleted);
  const proxy = await CuttingProxy.start(engine.port);
  t.after(() => proxy.stop());
  let connection = 0;
  proxy.plan(() => ({
    cut: { direction: 'toClient', afterBytes: 150 + ((connection++ * 389) % 6_000), isReset: connection % 2 === 0 },
    ...(connection % 3 === 0 && { pieceBytesMax: 1 + (connection % 50) }),
  }));
  const watched = watchWith(share.token, t, session.id, proxy.url);
  const { events, gaps } = gather(watched);
  for (let turn = 1; proxy.cuts < 60; turn++) {
    await session.send(`Message ${turn}`);
    await waitForEvent(watched, isCompleted);
  }
  proxy.plan(() => ({}));
  await session.stop();
  await waitForState(watched, 'connection', 'ended');
  assertEachOnce(events);
  assert.deepEqual(gaps, []);
  assert.ok(events.length > 60);
});

test('a stream on which nothing comes any more is given up and opened again', async (t) => {
  const { session, share } = await shareSession();
  t.after(() => session.detach());
  const proxy = await CuttingProxy.start(engine.port);
  t.after(() => proxy.stop());
  const bounds = { silenceMaxMs: 400, connectTimeoutMs: 1_000 };
  const watched = watchWith(share.token, t, session.id, proxy.url, bounds);
  const { events, errors } = gather(watched);
  await waitForEvent(watched, isCompleted);
  proxy.hold();
  const heard = (code: string) =>
    new Promise<void>((resolve) => watched.on('error', (error) => error.code === code && resolve()));
  await Promise.all([heard('nothingHeard'), heard('timedOut')]);
  proxy.release();
  await session.send('Go on');
  await waitForEvent(watched, isCompleted);
  assertEachOnce(events);
  assert.ok(errors.every(({ retryable }) => retryable));
});

test('a share that is revoked ends what is watched by it, with the reason', async (t) => {
  const { owner, session, share } = await shareSession();
  t.after(() => session.detach());
  const watched = watchWith(share.token, t, session.id);
  await waitForState(watched, 'connection', 'open');
  await owner.sessions.unshare(session.id, share.id);
  await waitForState(watched, 'connection', 'failed');
  assert.deepEqual(watched.state.problem, { code: 'notAuthenticated', message: 'The share was revoked.' });
  const late = watchWith(share.token, t, session.id);
  await assert.rejects(Array.fromAsync(late), {
    code: 'notAuthenticated',
    message: /wrong, has expired or was revoked/,
  });
  const foreign = await shareSession();
  t.after(() => foreign.session.detach());
  await assert.rejects(Array.fromAsync(watchWith(foreign.share.token, t, session.id)), { code: 'notYours' });
});

test('a session that has ended is heard whole, and then is over', async (t) => {
  const { session, share } = await shareSession();
  await waitForEvent(session, isCompleted);
  await session.stop();
  const watched = watchWith(share.token, t, session.id);
  const events = await Array.fromAsync(watched);
  assertEachOnce(events);
  const { epoch, sequence } = events.at(-1) ?? assert.fail('There is none.');
  const lucid = createClient({ baseUrl: engine.http, token: share.token });
  const nothingNew = lucid.attach(session.id, { epoch, lastSequence: sequence });
  assert.deepEqual(await Array.fromAsync(nothingNew), []);
});

test('where there is no WebSocket a session is followed all the same, and nothing can be said', async (t) => {
  const { WebSocket } = globalThis;
  Reflect.deleteProperty(globalThis, 'WebSocket');
  t.after(() => Object.assign(globalThis, { WebSocket }));
  const lucid = makeTestClient(engine.http);
  await assert.rejects(lucid.open({ task: 'Write hello world' }), { code: 'noWebSocket' });
  const { sessionId } = await lucid.sessions.create({ task: 'Write hello world' });
  const session = lucid.attach(sessionId);
  t.after(() => session.detach());
  const { events } = gather(session);
  await waitForEvent(session, isCompleted);
  assertEachOnce(events);
  await assert.rejects(session.send('Hello?'), { code: 'noWebSocket' });
});
