// The persistence actor between real ports: batches gather, frames follow COMMIT, and nothing is lost while PostgreSQL is away.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { failed, succeeded } from '../../schema/error.ts';
import type { EventWrite, FromPersistence } from '../../schema/thread.ts';
import { isSettled, passLoops, waitUntil } from '../testing/event-loop.ts';
import { SessionWrites } from '../testing/session-writes.ts';
import { type ConnectedHost, TestPersistence } from '../testing/test-persistence.ts';
import { testRecord } from '../testing/test-session.ts';
import { allStored, batchRowsMax } from './batch.ts';
import { databaseRetryMsMax, databaseRetryMsMin } from './persistence.machine.ts';
import { claimsAtOnceMax, touchIntervalMs } from './persistence.ts';

type Four = [EventWrite, EventWrite, EventWrite, EventWrite];

let ring: TestPersistence;

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  ring = new TestPersistence();
});

afterEach(() => {
  ring?.close();
  mock.timers.reset();
});

/** Enough turns of the event loop for anything that is on its way to arrive. */
const settleMessages = () => passLoops(20);

const waitForStores = (count: number) =>
  waitUntil(`${count} batches are given to storage`, () => ring.store.stores.length >= count);

/** Storage fails until the main thread has been told. */
async function waitUntilAnnounced(): Promise<void> {
  for (let turn = 0; ring.listReceived('storage').length === 0; turn++) {
    assert.ok(turn < 10, 'it is announced');
    await settleMessages();
    mock.timers.tick(databaseRetryMsMin);
  }
}

const receivedOf = <Kind extends FromPersistence['kind']>(host: ConnectedHost, kind: Kind) =>
  host.received.filter((message): message is Extract<FromPersistence, { kind: Kind }> => message.kind === kind);

test('a lone write is stored at once; its frame and its position follow', async () => {
  const host = ring.attachHost(0);
  const session = new SessionWrites('1');
  const [open, event] = [session.openWrite(), session.eventWrite()];
  host.sendWrites(open, event);
  await waitUntil('both ends hear', () => host.received.length === 1 && ring.received.length === 1);
  assert.deepEqual(ring.store.stores, [{ writes: [open, event], touches: {} }]);
  assert.deepEqual(ring.frames, [['s-1', 1]]);
  assert.deepEqual(host.received, [{ kind: 'committed', positions: ['s-1', 1], writes: 2 }]);
});

test('while one batch is in flight the next one gathers, from all hosts', async () => {
  const [first, second] = [ring.attachHost(0), ring.attachHost(1)];
  const [one, two] = [new SessionWrites('1'), new SessionWrites('2')];
  ring.store.isHeld = true;
  const [early, ...later] = [one.eventWrite(), one.eventWrite(), two.eventWrite(), two.eventWrite()];
  first.sendWrites(early);
  await waitForStores(1);
  for (const write of later) (write.sessionId === 's-1' ? first : second).sendWrites(write);
  await settleMessages();
  assert.equal(ring.store.stores.length, 1);
  ring.store.settleCalls();
  await waitForStores(2);
  assert.deepEqual(ring.store.stores[1]?.writes, later);
  ring.store.isHeld = false;
  ring.store.settleCalls();
  await waitUntil('both hosts hear', () => second.received.length === 1 && first.received.length === 2);
  assert.deepEqual(second.received, [{ kind: 'committed', positions: ['s-2', 2], writes: 2 }]);
});

test('nobody sees a frame before its row is committed', async () => {
  const host = ring.attachHost(0);
  ring.store.isHeld = true;
  host.sendWrites(...new SessionWrites('1').eventWrites(3));
  await waitForStores(1);
  await settleMessages();
  assert.deepEqual([ring.received, host.received], [[], []]);
  ring.store.settleCalls();
  await waitUntil('the frames come', () => ring.frames.length === 3);
});

test('more than one batch’s worth is stored in order, batch by batch', async () => {
  const host = ring.attachHost(0);
  const writes = new SessionWrites('1').eventWrites(2 * batchRowsMax + 7);
  host.sendWrites(...writes);
  await waitUntil('all frames come', () => ring.frames.length === writes.length);
  assert.deepEqual(
    ring.store.stores.map((store) => store.writes.length),
    [batchRowsMax, batchRowsMax, 7],
  );
  assert.deepEqual(
    ring.frames.map(([, sequence]) => sequence),
    writes.map((write) => write.event.sequence),
  );
});

test('while PostgreSQL is away the same batch is tried again, and the main thread is told that it is away and back', async () => {
  const host = ring.attachHost(0);
  const session = new SessionWrites('1');
  ring.store.failure = new Error('connection refused');
  const write = session.eventWrite();
  host.sendWrites(write);
  await waitUntilAnnounced();
  host.sendWrites(session.eventWrite());
  for (let attempt = 3; attempt <= 5; attempt++) {
    await settleMessages();
    mock.timers.tick(databaseRetryMsMax);
    await waitForStores(attempt);
  }
  await settleMessages();
  assert.deepEqual([ring.frames, host.received], [[], []]);
  ring.store.failure = undefined;
  mock.timers.tick(databaseRetryMsMax);
  await waitUntil('everything is stored', () => ring.frames.length === 2);
  assert.deepEqual(ring.listReceived('storage'), [
    { kind: 'storage', isAvailable: false, reason: 'connection refused' },
    { kind: 'storage', isAvailable: true, reason: '' },
  ]);
  assert.deepEqual(
    ring.listReceived('log').map(({ entry }) => entry.event),
    ['storage.unavailable', 'storage.restored'],
  );
  assert.deepEqual(ring.frames, [
    ['s-1', 1],
    ['s-1', 2],
  ]);
});

test('a session is claimed after everything that was handed in before is stored', async () => {
  const host = ring.attachHost(0);
  const session = new SessionWrites('1');
  ring.store.isHeld = true;
  host.sendWrites(session.eventWrite());
  await waitForStores(1);
  host.sendWrites(...session.eventWrites(batchRowsMax + 1));
  host.requestActivation('s-1');
  await settleMessages();
  for (let count = 2; count <= 3; count++) {
    ring.store.settleCalls();
    await waitForStores(count);
    assert.deepEqual(ring.store.activations, []);
  }
  ring.store.settleCalls();
  await waitUntil('it is claimed', () => ring.store.activations.length === 1);
  ring.store.settleCalls();
  await waitUntil('the host hears', () => receivedOf(host, 'activated').length === 1);
});

test('a host that activates a session gets its record and events, or why not', async () => {
  const [host, other] = [ring.attachHost(0), ring.attachHost(1)];
  const activation = { record: testRecord({ epoch: 2 }), events: [] };
  ring.store.activation = (id) => (id === 's-1' ? succeeded(activation) : failed('sessionEnded', 'It has ended.'));
  host.requestActivation('s-1');
  host.requestActivation('s-2');
  await waitUntil('both are answered', () => host.received.length === 2);
  assert.deepEqual(host.received, [
    { kind: 'activated', sessionId: 's-1', outcome: succeeded(activation) },
    { kind: 'activated', sessionId: 's-2', outcome: failed('sessionEnded', 'It has ended.') },
  ]);
  assert.deepEqual(other.received, []);
});

test('what is written while many sessions are claimed is stored between a few of them, and all are claimed', async () => {
  const host = ring.attachHost(0);
  const claimed = Array.from({ length: 2 * claimsAtOnceMax + 1 }, (_, n) => `s-${n}`);
  ring.store.isHeld = true;
  for (const sessionId of claimed) host.requestActivation(sessionId);
  await waitUntil('the first is being claimed', () => ring.store.activations.length === 1);
  host.sendWrites(new SessionWrites('of somebody who is back').eventWrite());
  await settleMessages();
  while (ring.store.stores.length === 0) {
    assert.ok(ring.store.activations.length <= 2 * claimsAtOnceMax);
    ring.store.settleCalls();
    await settleMessages();
  }
  ring.store.isHeld = false;
  ring.store.settleCalls();
  await waitUntil('the host hears of all', () => receivedOf(host, 'activated').length === claimed.length);
  assert.deepEqual(ring.store.activations, claimed);
});

test('a claim that PostgreSQL could not answer is tried again, and the batch before it is not', async () => {
  const host = ring.attachHost(0);
  host.sendWrites(new SessionWrites('1').eventWrite());
  await waitUntil('the write is stored', () => host.received.length === 1);
  ring.store.failure = new Error('gone');
  host.requestActivation('s-1');
  await waitUntilAnnounced();
  ring.store.failure = undefined;
  mock.timers.tick(databaseRetryMsMax);
  await waitUntil('the host hears', () => receivedOf(host, 'activated').length === 1);
  assert.deepEqual(new Set(ring.store.activations), new Set(['s-1']));
  assert.ok(ring.store.activations.length > 1);
  assert.equal(ring.store.stores.length, 1);
});

test('a session whose rows can’t be read is refused, and others are stored all the same', async () => {
  const host = ring.attachHost(0);
  ring.store.activation = () => {
    throw new SyntaxError('Unexpected token in JSON');
  };
  host.requestActivation('s-1');
  await waitUntil('the host hears', () => receivedOf(host, 'activated').length === 1);
  assert.partialDeepStrictEqual(receivedOf(host, 'activated')[0]?.outcome, {
    ok: false,
    failure: { code: 'internal' },
  });
  host.sendWrites(new SessionWrites('2').eventWrite());
  await waitUntil('it is stored', () => ring.frames.length === 1);
  assert.deepEqual(
    ring.listReceived('log').map(({ entry }) => entry.event),
    ['session.unreadable'],
  );
});

test('what was stored under a dead run’s id is left to others once no statement with it is under way', async () => {
  const host = ring.attachHost(0);
  ring.store.isHeld = true;
  host.sendWrites(new SessionWrites('1').eventWrite());
  await waitForStores(1);
  ring.beginRun('second');
  await settleMessages();
  assert.deepEqual(ring.store.leftRuns, []);
  ring.store.isHeld = false;
  ring.store.settleCalls();
  await waitUntil('it is left', () => ring.store.leftRuns.length === 1);
  ring.beginRun('third');
  await waitUntil('so is the next', () => ring.store.leftRuns.length === 2);
  assert.deepEqual(ring.store.leftRuns, ['first', 'second']);
});

test('a dead run that could not be left while PostgreSQL was away is left when it is back', async () => {
  ring.store.failure = new Error('gone');
  ring.beginRun('second');
  await waitUntilAnnounced();
  ring.store.failure = undefined;
  mock.timers.tick(databaseRetryMsMax);
  await waitUntil('it is left', () => ring.store.leftRuns.length === 1);
});

test('a connection that ended is not announced when the next one works', async () => {
  const host = ring.attachHost(0);
  ring.store.failure = new Error('Connection terminated');
  host.sendWrites(new SessionWrites('1').eventWrite());
  await waitForStores(1);
  await settleMessages();
  ring.store.failure = undefined;
  mock.timers.tick(databaseRetryMsMin);
  await waitUntil('it is stored', () => ring.frames.length === 1);
  assert.deepEqual([ring.listReceived('storage'), ring.listReceived('log')], [[], []]);
});

test('a host is told who was fenced, who is gone and what was refused before it is told of the commit', async () => {
  const host = ring.attachHost(0);
  const [good, stale, bad, late] = ['1', '2', '3', '4'].map((name) => new SessionWrites(name).eventWrite()) as Four;
  ring.store.result = ([, fenced, refused, gone]) =>
    fenced && refused && gone
      ? {
          ...allStored,
          writeResults: new Map([
            [fenced.write, 'fenced'],
            [refused.write, 'refused'],
            [gone.write, 'gone'],
          ]),
          reasons: new Map([[refused.write, 'bad']]),
        }
      : allStored;
  host.sendWrites(good, stale, bad, late);
  await waitUntil('both ends hear', () => host.received.length === 4 && ring.received.length === 2);
  assert.deepEqual(host.received, [
    { kind: 'refused', sessionId: 's-3', sequence: 1, reason: 'bad' },
    { kind: 'fenced', sessionIds: ['s-2'] },
    { kind: 'gone', sessionIds: ['s-4'] },
    { kind: 'committed', positions: ['s-1', 1], writes: 4 },
  ]);
  assert.deepEqual(ring.frames, [['s-1', 1]]);
  assert.deepEqual(
    ring.listReceived('log').map(({ entry }) => [entry.event, entry.fields.sessionId]),
    [['storage.refused', 's-3']],
  );
});

test('updated_at follows each chat’s newest message within half a second, in one write', async () => {
  const host = ring.attachHost(0);
  const [one, two] = [new SessionWrites('1'), new SessionWrites('2')];
  host.sendWrites(
    one.eventWrite({ createdAtMs: 10 }),
    two.eventWrite({ createdAtMs: 20 }),
    one.eventWrite({ createdAtMs: 30 }),
  );
  await waitUntil('they are stored', () => ring.frames.length === 3);
  mock.timers.tick(touchIntervalMs);
  await waitForStores(2);
  assert.deepEqual(ring.store.stores[1], { writes: [], touches: { 'c-1': 30, 'c-2': 20 } });
  await settleMessages();
  mock.timers.tick(10 * touchIntervalMs);
  await settleMessages();
  assert.equal(ring.store.stores.length, 2, 'nothing is written while nothing happens');
});

test('an updated_at that could not be written is written later', async () => {
  const host = ring.attachHost(0);
  host.sendWrites(new SessionWrites('1').eventWrite({ createdAtMs: 10 }));
  await waitUntil('it is stored', () => ring.frames.length === 1);
  ring.store.failure = new Error('gone');
  mock.timers.tick(touchIntervalMs);
  await waitUntilAnnounced();
  ring.store.failure = undefined;
  mock.timers.tick(databaseRetryMsMax);
  await waitUntil('it is back', () => ring.listReceived('storage').length === 2);
  const touches = ring.store.stores.filter((store) => store.touches['c-1'] === 10);
  assert.equal(touches.length, ring.store.stores.length - 1, 'each time in vain, and once more');
});

test('draining answers once everything is stored, updated_at included, and then the actor is finished', async () => {
  const host = ring.attachHost(0);
  const session = new SessionWrites('1');
  ring.store.isHeld = true;
  host.sendWrites(session.eventWrite({ createdAtMs: 10 }));
  await waitForStores(1);
  host.sendWrites(session.eventWrite({ createdAtMs: 20 }));
  ring.request('drain', 7);
  await settleMessages();
  for (let count = 2; count <= 3; count++) {
    assert.deepEqual([ring.listReceived('reply'), await isSettled(ring.actor.finished)], [[], false]);
    ring.store.settleCalls();
    await waitForStores(count);
  }
  ring.store.settleCalls();
  ring.store.isHeld = false;
  await ring.actor.finished;
  await waitUntil('the main thread hears', () => ring.listReceived('reply').length === 1);
  assert.deepEqual(ring.listReceived('reply'), [
    { kind: 'reply', replyTo: 7, outcome: succeeded({ kind: 'drained' }) },
  ]);
  const newest = Math.max(...ring.store.stores.map(({ touches }) => touches['c-1'] ?? 0));
  assert.deepEqual([ring.frames.length, newest], [2, 20]);
});

test('an idle actor drains at once', async () => {
  ring.request('drain', 1);
  await ring.actor.finished;
});

test('what a dead host had handed in is stored, and its successor is told nothing of it', async () => {
  const dead = ring.attachHost(0);
  const session = new SessionWrites('1');
  ring.store.isHeld = true;
  dead.sendWrites(session.eventWrite());
  await waitForStores(1);
  dead.sendWrites(session.eventWrite());
  dead.requestActivation('s-9');
  await settleMessages();
  dead.closePort();
  const successor = ring.attachHost(0);
  await settleMessages();
  ring.store.isHeld = false;
  ring.store.settleCalls();
  await waitUntil('both are stored', () => ring.frames.length === 2);
  successor.sendWrites(new SessionWrites('2').eventWrite());
  await waitUntil('the successor hears of its own', () => successor.received.length > 0);
  assert.deepEqual(successor.received, [{ kind: 'committed', positions: ['s-2', 1], writes: 1 }]);
  assert.deepEqual(ring.store.activations, []);
});

test('a claim in flight when its host died does not reach the successor, whose own does', async () => {
  const dead = ring.attachHost(0);
  ring.store.isHeld = true;
  dead.requestActivation('s-1');
  await waitUntil('it is being claimed', () => ring.store.activations.length === 1);
  const successor = ring.attachHost(0);
  successor.requestActivation('s-1');
  await settleMessages();
  ring.store.isHeld = false;
  ring.store.settleCalls();
  await waitUntil('the successor hears', () => successor.received.length > 0);
  await settleMessages();
  assert.deepEqual([ring.store.activations, successor.received.length], [['s-1', 's-1'], 1]);
});

test('its metrics count batches by size and by what let them go', async () => {
  const host = ring.attachHost(0);
  host.sendWrites(...new SessionWrites('1').eventWrites(3));
  await waitUntil('they are stored', () => ring.frames.length === 3);
  ring.request('metrics', 3);
  await waitUntil('they are told', () => ring.listReceived('reply').length === 1);
  const [reply] = ring.listReceived('reply');
  assert.ok(reply?.outcome.ok && reply.outcome.value.kind === 'metrics');
  const metrics = reply.outcome.value.metrics as { name: string; values: { value: number; labels: object }[] }[];
  const valuesOf = (name: string) => metrics.find((metric) => metric.name === name)?.values;
  assert.partialDeepStrictEqual(valuesOf('lucid_batches_total'), [{ value: 1, labels: { trigger: 'idle' } }]);
  assert.deepEqual(valuesOf('lucid_persistence_waiting_writes'), [{ value: 0, labels: {} }]);
});
