// What a session survives: no network, an engine that is killed or drains, and a position that isn't there any more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { startTestEngine } from '../../../engine/testing/engine.ts';
import { startEngineProcess } from '../../../engine/testing/process.ts';
import { CuttingProxy } from '../testing/cutting-proxy.ts';
import {
  assertEachOnce,
  gather,
  isCompleted,
  makeTestClient,
  waitForEvent,
  waitForState,
} from '../testing/followed.ts';

const contentsOf = (events: readonly { type: string; content?: string }[]) =>
  events.flatMap((event) => (event.type === 'ack' ? [event.content] : []));

test('what is said while offline is said once, in order, when the engine can be reached again', async (t) => {
  const engine = await startTestEngine();
  t.after(() => engine.close());
  const proxy = await CuttingProxy.start(engine.port);
  t.after(() => proxy.stop());
  const session = await makeTestClient(proxy.url).open({ task: 'Write hello world' });
  t.after(() => session.detach());
  const { events, errors } = gather(session);
  await waitForEvent(session, isCompleted);
  proxy.plan(() => ({ cut: { direction: 'toEngine', afterBytes: 1, isReset: true } }));
  proxy.cutAll();
  await waitForState(session, 'connection', 'waiting');
  const said = [session.send('One'), session.send('Two'), session.send('Three')];
  assert.equal(session.state.getSnapshot().queued, 3);
  assert.equal(session.state.getSnapshot().problem?.code, 'connectionLost');
  proxy.plan(() => ({}));
  const accepted = await Promise.all(said);
  assert.equal(session.state.getSnapshot().problem, null);
  assert.deepEqual(contentsOf(events), ['Write hello world', 'One', 'Two', 'Three']);
  assert.equal(new Set(accepted.map(({ id }) => id)).size, 3);
  assertEachOnce(events);
  assert.ok(errors.length > 0 && errors.every(({ retryable, message }) => retryable && /^[A-Z].*\.$/.test(message)));
});

test('what came while the connection was lost is told, and said to be that', async (t) => {
  const engine = await startTestEngine();
  t.after(() => engine.close());
  const proxy = await CuttingProxy.start(engine.port);
  t.after(() => proxy.stop());
  const session = await makeTestClient(proxy.url).open({ task: 'Write hello world' });
  t.after(() => session.detach());
  const { events } = gather(session);
  await waitForEvent(session, isCompleted);
  assert.equal(session.state.missed, null); // It was never lost.
  const { sequence: seen } = session.state;
  proxy.plan(() => ({ cut: { direction: 'toEngine', afterBytes: 1, isReset: true } }));
  proxy.cutAll();
  await waitForState(session, 'connection', 'waiting');
  const other = makeTestClient(engine.http).attach(session.id);
  t.after(() => other.detach());
  await other.send('Said by another client');
  await waitForState(other, 'status', 'idle');
  proxy.plan(() => ({}));
  await waitForState(session, 'sequence', other.state.sequence);
  assert.deepEqual(session.state.missed, { fromSequence: seen + 1, toSequence: other.state.sequence });
  assertEachOnce(events);
});

test('an engine that is killed and started again is gone on with, each event once', async (t) => {
  const database = await createTestDatabase();
  const first = await startEngineProcess(database.url, {});
  t.after(() => first.kill());
  const proxy = await CuttingProxy.start(first.port);
  t.after(() => proxy.stop());
  const session = await makeTestClient(proxy.url).open({ task: 'Write hello world' });
  t.after(() => session.detach());
  const { events, gaps } = gather(session);
  await waitForEvent(session, isCompleted);
  await first.kill();
  await waitForState(session, 'connection', 'waiting');
  const said = session.send('Are you back?');
  const second = await startEngineProcess(database.url, {});
  t.after(() => second.kill().then(database.drop));
  proxy.enginePort = second.port;
  await said;
  await waitForState(session, 'status', 'idle');
  assertEachOnce(events);
  assert.deepEqual(gaps, []);
  assert.deepEqual(contentsOf(events), ['Write hello world', 'Are you back?']);
  assert.ok((events.at(-1)?.epoch ?? 0) > (events[0]?.epoch ?? 0)); // Another engine has it now.
});

test('an engine that drains says so, and its successor is gone on with', async (t) => {
  const database = await createTestDatabase();
  const first = await startTestEngine({ databaseUrl: database.url });
  const proxy = await CuttingProxy.start(first.port);
  t.after(() => proxy.stop());
  const session = await makeTestClient(proxy.url).open({ task: 'Write hello world' });
  t.after(() => session.detach());
  const { events, errors } = gather(session);
  await waitForEvent(session, isCompleted);
  await first.stop();
  await waitForState(session, 'connection', 'waiting');
  const [draining] = errors;
  assert.deepEqual([draining?.code, draining?.retryable], ['draining', true]);
  assert.ok((draining?.retryAfterMs ?? 0) >= 1_000);
  const second = await startTestEngine({ databaseUrl: database.url });
  t.after(() => second.close().then(database.drop));
  proxy.enginePort = second.port;
  await session.send('Go on');
  await waitForState(session, 'status', 'idle');
  assertEachOnce(events);
});

test('a position that the engine does not have is told as a gap, and all events come again', async (t) => {
  const engine = await startTestEngine();
  t.after(() => engine.close());
  const lucid = makeTestClient(engine.http);
  const before = await lucid.open({ task: 'Write hello world' });
  await waitForEvent(before, isCompleted);
  const { epoch, sequence } = before.state.getSnapshot();
  before.detach();
  const session = lucid.attach(before.id, { epoch: epoch + 1, lastSequence: sequence });
  t.after(() => session.detach());
  const { events, gaps } = gather(session);
  await waitForEvent(session, isCompleted);
  assert.deepEqual(gaps, [{ reason: 'notRecovered', position: { epoch: epoch + 1, sequence } }]);
  assertEachOnce(events);
  assert.equal(session.state.getSnapshot().sequence, sequence);
});

test('a client that comes back with its position hears what it has not seen, and nothing else', async (t) => {
  const engine = await startTestEngine();
  t.after(() => engine.close());
  const lucid = makeTestClient(engine.http);
  const before = await lucid.open({ task: 'Write hello world' });
  const { epoch, sequence } = await waitForEvent(before, (event) => event.sequence === 5);
  before.detach();
  const session = lucid.attach(before.id, { epoch, lastSequence: sequence });
  t.after(() => session.detach());
  const { events, gaps } = gather(session);
  await waitForEvent(session, isCompleted);
  assertEachOnce(events, sequence + 1);
  assert.deepEqual(gaps, []);
});
