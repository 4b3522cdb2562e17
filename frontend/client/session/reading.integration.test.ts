// How events are read: by iterators and listeners, by slow ones and late ones.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startTestEngine, type TestEngine } from '../../../engine/testing/engine.ts';
import type { SessionEvent, TransientFrame } from '../index.ts';
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

/** A session that has stopped, with some events. */
async function makeStoppedSession(): Promise<string> {
  const session = await makeTestClient(engine.http).open({ task: 'Write hello world' });
  await waitForEvent(session, isCompleted);
  await session.stop();
  await waitForState(session, 'connection', 'ended');
  return session.id;
}

test('a reader who is slower than events come gets each once, and the engine waits meanwhile', async () => {
  const id = await makeStoppedSession();
  const session = makeTestClient(engine.http, { bounds: { bufferedEventsMax: 4 } }).attach(id);
  const connections: string[] = [];
  session.on('state', ({ connection }) => connections.push(connection));
  const events: SessionEvent[] = [];
  for await (const event of session) {
    events.push(event);
    await delay(5);
  }
  assertEachOnce(events);
  assert.ok(events.length > 12);
  assert.ok(connections.includes('paused'));
  assert.equal(session.state.getSnapshot().connection, 'ended');
});

test('events wait for the first reader, and all who begin in the same breath read all of them', async () => {
  const session = makeTestClient(engine.http).attach(await makeStoppedSession());
  await waitForState(session, 'connection', 'ended');
  const { events: heard } = gather(session);
  const [one, other] = await Promise.all([Array.fromAsync(session), Array.fromAsync(session)]);
  assert.deepEqual([one, other], [heard, heard]);
  assertEachOnce(heard);
  assert.deepEqual(await Array.fromAsync(session), []); // Who comes later reads what is new.
});

test('whoever has seen all of a session that has ended hears the end alone', async () => {
  const lucid = makeTestClient(engine.http);
  const id = await makeStoppedSession();
  const { lastEvent } = await lucid.sessions.read(id);
  const session = lucid.attach(id, { epoch: lastEvent?.epoch ?? 0, lastSequence: lastEvent?.sequence ?? 0 });
  const { events, errors } = gather(session);
  assert.deepEqual(await Array.fromAsync(session), []);
  assert.deepEqual([events, errors], [[], []]);
});

test('more than a reader may leave unread stays at the engine until somebody reads', async () => {
  const session = makeTestClient(engine.http, { bounds: { bufferedEventsMax: 4 } }).attach(await makeStoppedSession());
  await waitForState(session, 'connection', 'paused');
  const events = await Array.fromAsync(session);
  assertEachOnce(events);
  assert.ok(events.length > 12);
});

test('a program that leaves a loop, says something and loops again reads every event once, also what it left unread', async (t) => {
  const session = await makeTestClient(engine.http).open({ task: 'Write hello world' });
  t.after(() => session.detach());
  const events: SessionEvent[] = [];
  const readUntil = async (isEnough: (event: SessionEvent) => boolean) => {
    for await (const event of session) {
      events.push(event);
      if (isEnough(event)) break;
    }
  };
  await readUntil(({ sequence }) => sequence === 3);
  await waitForState(session, 'status', 'idle');
  await readUntil(({ sequence }) => sequence === 5); // With the rest of the turn unread.
  await readUntil(isCompleted);
  const { sequence } = await session.send('Go on');
  await waitForState(session, 'status', 'idle'); // Nobody reads meanwhile.
  await readUntil((event) => event.sequence > sequence && isCompleted(event));
  await session.stop();
  await waitForState(session, 'connection', 'ended');
  events.push(...(await Array.fromAsync(session)));
  assertEachOnce(events);
  assert.equal(events.at(-1)?.type, 'status');
});

test('events wait between listeners, too, and for as many as the next one wants', async () => {
  const session = makeTestClient(engine.http).attach(await makeStoppedSession());
  await waitForState(session, 'connection', 'ended');
  const first = await waitForEvent(session, () => true);
  const third = await waitForEvent(session, ({ sequence }) => sequence === 3);
  const rest = await Array.fromAsync(session);
  assert.deepEqual([first.sequence, third.sequence], [1, 3]);
  assertEachOnce(rest, 4);
});

test('a program that has left its loop and reads nothing more can still speak, interrupt and stop', async () => {
  const lucid = makeTestClient(engine.http, { bounds: { bufferedEventsMax: 4 } });
  const session = await lucid.open({ task: 'Write hello world' });
  const events: SessionEvent[] = [];
  for await (const event of session) if (events.push(event) === 2) break;
  await waitForState(session, 'connection', 'paused');
  await session.send('One');
  await waitForState(session, 'connection', 'paused');
  await Promise.all([session.send('Two'), session.interrupt()]);
  assert.equal(session.state.getSnapshot().queued, 0);
  const { sequence } = await session.stop();
  await waitForState(session, 'connection', 'paused');
  events.push(...(await Array.fromAsync(session)));
  assertEachOnce(events);
  assert.ok(events.length > 12 && events.length >= sequence);
  assert.equal(session.state.getSnapshot().connection, 'ended');
});

test('what is said to a session that has ended while nobody read is refused, and its events are read all the same', async () => {
  const session = makeTestClient(engine.http, { bounds: { bufferedEventsMax: 4 } }).attach(await makeStoppedSession());
  await waitForState(session, 'connection', 'paused');
  await assert.rejects(session.send('Hello?'), { code: 'sessionEnded' });
  await waitForState(session, 'connection', 'paused');
  const events = await Array.fromAsync(session);
  assertEachOnce(events);
  assert.ok(events.length > 12);
});

test('a reader who has seen enough leaves the session to the others', async (t) => {
  const session = await makeTestClient(engine.http).open({ task: 'Write hello world' });
  t.after(() => session.detach());
  const { events } = gather(session);
  for await (const event of session) if (event.sequence === 3) break;
  await session.send('Go on');
  await waitForState(session, 'status', 'idle');
  assertEachOnce(events);
});

test('who leaves a session ends all reading, and leaves it at work', async () => {
  const lucid = makeTestClient(engine.http);
  const session = await lucid.open({ task: 'Write hello world' });
  const reading = Array.fromAsync(session);
  session.detach();
  await reading;
  await assert.rejects(session.send('Hello?'), { code: 'detached' });
  assert.equal(session.state.getSnapshot().connection, 'detached');
  assert.equal((await lucid.sessions.read(session.id)).isAlive, true);
});

test('what happens while it happens is heard, and is no event', async (t) => {
  const lucid = makeTestClient(engine.http);
  const { sessionId } = await lucid.sessions.create({ task: 'Write hello world' }); // It begins when somebody follows it.
  const session = lucid.attach(sessionId);
  t.after(() => session.detach());
  const { events } = gather(session);
  const { tree } = await new Promise<Extract<TransientFrame, { type: 'file_tree' }>>((resolve) => {
    session.on('transient', (frame) => frame.type === 'file_tree' && resolve(frame));
  });
  assert.deepEqual(
    tree.map(({ name }) => name),
    ['project'],
  );
  await waitForState(session, 'status', 'idle');
  assertEachOnce(events);
});
