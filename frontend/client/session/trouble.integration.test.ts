// What goes wrong with a session: refused, silent or foreign servers, and callers who ask for too much. Each in a sentence.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { signTestToken, startTestEngine, type TestEngine } from '../../../engine/testing/engine.ts';
import { createClient } from '../index.ts';
import { CuttingProxy } from '../testing/cutting-proxy.ts';
import {
  assertEachOnce,
  gather,
  isCompleted,
  makeTestClient,
  waitForEvent,
  waitForState,
} from '../testing/followed.ts';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine();
});
after(() => engine?.close());

test("a session that is not there, or not the caller's, ends with the reason and is not asked for again", async () => {
  const { sessionId: id } = await makeTestClient(engine.http).sessions.create({ task: 'Write hello world' });
  const asked = [
    { code: 'noSuchSession', session: makeTestClient(engine.http).attach('no-such-session') },
    { code: 'notYours', session: makeTestClient(engine.http, { token: () => signTestToken('eve') }).attach(id) },
  ];
  for (const { code, session } of asked) {
    await assert.rejects(Array.fromAsync(session), { code, retryable: false });
    await assert.rejects(session.send('Hello?'), { code });
  }
});

test('a message that the engine would refuse for good is refused at once, and the connection stays', async (t) => {
  const session = await makeTestClient(engine.http).open({ task: 'Write hello world' });
  t.after(() => session.detach());
  await assert.rejects(session.send(' \n'), { code: 'badMessage' });
  await assert.rejects(session.send('x'.repeat(100_001)), /100001 characters, 100000 at most/);
  await assert.rejects(session.send('€'.repeat(99_000)), /bytes on its way, 262144 at most/);
  await session.send('é'.repeat(99_000)); // As much as there may be.
  assert.equal(session.state.getSnapshot().connection, 'open');
});

test('more commands than may wait are refused to the caller', async (t) => {
  const proxy = await CuttingProxy.start(engine.port);
  t.after(() => proxy.stop());
  const lucid = makeTestClient(proxy.url, { bounds: { queuedCommandsMax: 2 } });
  const session = await lucid.open({ task: 'Write hello world' });
  await waitForState(session, 'connection', 'open');
  const { errors } = gather(session);
  proxy.plan(() => ({ cut: { direction: 'toEngine', afterBytes: 1, isReset: true } }));
  proxy.cutAll();
  await waitForState(session, 'connection', 'waiting');
  const kept = [session.send('One'), session.interrupt()];
  await assert.rejects(session.send('Three'), { code: 'queueFull', message: /2 commands .* at most\.$/ });
  session.detach();
  for (const one of kept) await assert.rejects(one, { code: 'detached' });
  assert.ok(errors.some(({ code }) => code === 'queueFull')); // Also where nobody waits for the promise.
});

test('a proxy that holds everything back is noticed, told of, and left', async (t) => {
  const proxy = await CuttingProxy.start(engine.port);
  t.after(() => proxy.stop());
  const lucid = makeTestClient(proxy.url, { bounds: { silenceMaxMs: 1_000, connectTimeoutMs: 1_500 } });
  const session = await lucid.open({ task: 'Write hello world' });
  t.after(() => session.detach());
  const { events } = gather(session);
  await waitForEvent(session, isCompleted);
  const sentenceOf = (code: string) =>
    new Promise<string>((resolve) => {
      session.on('error', (error) => error.code === code && resolve(error.message));
    });
  const told = [sentenceOf('nothingHeard'), sentenceOf('timedOut')];
  proxy.hold();
  const [silent, unanswered] = await Promise.all(told);
  assert.match(
    silent ?? '',
    /^Nothing is heard from ws:\S+ any more; the network or a proxy has lost the connection\.$/,
  );
  assert.match(unanswered ?? '', /^No answer came from ws:\S+ within 1\.5 s; a proxy may be holding it back\.$/);
  proxy.release();
  await session.send('Go on');
  assertEachOnce(events);
});

test('a server that is no engine, or speaks without the subprotocol, is told of and left alone', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => false });
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const session = makeTestClient(url, { WebSocket: WithoutCheck }).attach('s-1');
  await assert.rejects(Array.fromAsync(session), { code: 'badAnswer', message: /doesn't speak lucid\.v2/ });
  assert.equal(server.clients.size <= 1, true);
});

/** As browsers are: they open also where the server has picked none of the subprotocols. */
class WithoutCheck extends WebSocket {
  constructor(url: string) {
    super(url);
  }
}

test('an engine that is not there is told of in a sentence, and asked again', async (t) => {
  const session = makeTestClient('http://127.0.0.1:9').attach('s-1');
  t.after(() => session.detach());
  const { errors } = gather(session);
  await waitForState(session, 'connection', 'waiting');
  await waitForState(session, 'connection', 'connecting');
  await waitForState(session, 'connection', 'waiting');
  assert.equal(errors[0]?.message, 'No WebSocket could be opened at ws://127.0.0.1:9/api/v1/ws.');
  assert.equal(errors.length, 2);
});

test('a proxy that passes no WebSocket on is told of', async (t) => {
  const server = createServer((_, response) => response.end('{"status":"ok"}'));
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const session = makeTestClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).attach('s-1');
  t.after(() => session.detach());
  const sentence = await new Promise<string>((resolve) => {
    session.on('error', ({ message }) => message.includes('a proxy') && resolve(message));
  });
  assert.match(
    sentence,
    /^http:\S+ answers over HTTP, but no WebSocket can be opened at ws:\S+: a proxy may not pass it on\.$/,
  );
});

test('without a token a session is refused before it is made', async () => {
  const named = createClient({ baseUrl: engine.http, userId: 'ada' });
  const before = await makeTestClient(engine.http).sessions.list();
  await assert.rejects(named.open({ task: 'Write hello world' }), { code: 'noToken' });
  assert.throws(() => named.attach('s-1'), { code: 'noToken' });
  assert.equal((await makeTestClient(engine.http).sessions.list()).sessions.length, before.sessions.length);
});
