// A host that drains lets turns end, stores everything and takes nothing new.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { succeeded } from '../schema/error.ts';
import type { Command } from '../schema/thread.ts';
import { drainTurnsMs } from './host.ts';
import type { AnswerResult } from './models/model.ts';
import { isSettled, passLoops, waitUntil } from './testing/event-loop.ts';
import { answerWith, endless, FakeModel, finish, shell } from './testing/fake-model.ts';
import { TestHostRing } from './testing/test-host.ts';

let ring: TestHostRing;

beforeEach(() => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  ring = new TestHostRing();
});

afterEach(() => {
  ring?.close();
  mock.timers.reset();
});

const messageOf = (id: string): Command => ({ type: 'message', id, content: 'More' });

test('a drain lets turns end, stores everything, and then the host is finished', async () => {
  await ring.createSession('1');
  await ring.createSession('2');
  assert.deepEqual(await ring.request({ kind: 'drain' }), succeeded({ kind: 'drained' }));
  await ring.host.finished;
  assert.deepEqual([ring.countCompletions('1'), ring.countCompletions('2')], [1, 1]);
});

test('a drain is answered only after the last commit', async () => {
  await ring.createSession('1');
  await ring.waitForCompletions('1');
  ring.database.isUp = false;
  const taken = ring.sendCommand('1', messageOf('m-1'));
  const drained = ring.request({ kind: 'drain' });
  await passLoops(20);
  mock.timers.tick(drainTurnsMs);
  await passLoops(20);
  assert.equal(await isSettled(Promise.race([taken, drained])), false);
  ring.database.isUp = true;
  ring.database.commitWaiting();
  assert.ok((await taken).ok && (await drained).ok);
  assert.ok(ring.listTypes('1').includes('UserMessage'));
});

test('a turn that takes longer than a drain waits is cut, and goes on after the restart', async () => {
  ring.close();
  const model = new FakeModel(endless);
  ring = new TestHostRing({ model });
  await ring.createSession('1');
  await waitUntil('the model is asked', () => model.contextsAsked.length === 1);
  const drained = ring.request({ kind: 'drain' });
  await passLoops(20);
  mock.timers.tick(drainTurnsMs - 1);
  assert.equal(await isSettled(drained), false);
  mock.timers.tick(1);
  assert.ok((await drained).ok);
  assert.deepEqual(ring.listTypes('1'), ['initializing', 'InitialTask', 'mock_mode']);
});

test('a session that rests is given away at once in a drain, while the turn of another goes on', async () => {
  ring.close();
  const model = new FakeModel(endless);
  ring = new TestHostRing({ model });
  await ring.createSession('1');
  await waitUntil('the model is asked', () => model.contextsAsked.length === 1);
  await ring.createSession('2', { clients: 0 });
  const drained = ring.request({ kind: 'drain' });
  await waitUntil('it is given away', () => ring.given.length > 0);
  assert.deepEqual([ring.given, await isSettled(drained)], [['s-2'], false]);
  mock.timers.tick(drainTurnsMs);
  assert.ok((await drained).ok);
  assert.deepEqual(ring.given, ['s-2'], 'who goes on after the cut turn is found when the run ends');
});

test('where others go on, a turn is given away after its step, which ends first, and is left open', async () => {
  ring.close();
  const answered = Promise.withResolvers<AnswerResult>();
  const model = new FakeModel(() => answered.promise, endless);
  ring = new TestHostRing({ model });
  await ring.createSession('1');
  await waitUntil('the model is asked', () => model.contextsAsked.length === 1);
  const drained = ring.request({ kind: 'drain', handsOver: true });
  await passLoops(20);
  assert.equal(await isSettled(drained), false);
  answered.resolve(answerWith('On it.', shell('echo one step')));
  assert.ok((await drained).ok);
  assert.equal(ring.listTypes('1').at(-1), 'CmdOutputObservation');
  assert.deepEqual([ring.given, model.contextsAsked.length, ring.countCompletions('1')], [['s-1'], 1, 0]);
});

test('where others go on, a turn whose step was its last ends as any other', async () => {
  ring.close();
  const answered = Promise.withResolvers<AnswerResult>();
  ring = new TestHostRing({ model: new FakeModel(() => answered.promise) });
  await ring.createSession('1');
  const drained = ring.request({ kind: 'drain', handsOver: true });
  await passLoops(20);
  answered.resolve(answerWith('', finish()));
  assert.ok((await drained).ok);
  assert.deepEqual([ring.given, ring.countCompletions('1')], [['s-1'], 1]);
});

test('a session is given away behind all that it stored', async () => {
  await ring.createSession('1');
  await ring.waitForCompletions('1');
  ring.database.isUp = false;
  const drained = ring.request({ kind: 'drain' });
  await waitUntil('it asks', () => ring.database.received.includes('give'));
  assert.deepEqual(ring.given, []);
  ring.database.isUp = true;
  ring.database.commitWaiting();
  assert.ok((await drained).ok);
  assert.equal(ring.database.received.filter((kind) => kind === 'give').length, 1);
  assert.equal(ring.database.received.at(-1), 'give');
  assert.deepEqual(ring.given, ['s-1']);
});

test('a host that drains takes nothing new, and refuses those who wait for an activation', async () => {
  await ring.createSession('1');
  await ring.waitForCompletions('1');
  await ring.passivateByRest('1');
  ring.database.activates = false;
  const waiting = ring.sendCommand('1', messageOf('m-1'));
  await passLoops(20);
  const drained = ring.request({ kind: 'drain' });
  const refused = [ring.sendCommand('1', messageOf('m-2')), ring.createSession('2')];
  for (const reply of await Promise.all([waiting, ...refused]))
    assert.partialDeepStrictEqual(reply, { ok: false, failure: { code: 'draining' } });
  assert.ok((await drained).ok);
});

test('a client that leaves a drained host activates no session', async () => {
  await ring.createSession('1');
  await ring.waitForCompletions('1');
  await ring.request({ kind: 'drain' });
  const before = ring.database.received.length;
  ring.send({ kind: 'clients', sessionId: 's-1', clients: 0, viewers: 0 });
  await passLoops(20);
  assert.deepEqual(ring.database.received.slice(before), []);
});

test('without a drain, sessions without clients leave memory at once where they are to be let go, and others do not', async () => {
  await ring.createSession('1');
  await ring.createSession('2');
  await Promise.all([ring.waitForCompletions('1'), ring.waitForCompletions('2')]);
  ring.sendClients('1', 0);
  ring.send({ kind: 'letGo', atOnce: true });
  for (let sweeps = 0; sweeps < 100 && ring.passivated.length === 0; sweeps++) await ring.sweep();
  assert.deepEqual(ring.passivated, ['s-1']);
});
