// The persistence actor between real ports: batches gather, frames follow COMMIT, and nothing is lost while PostgreSQL is away.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { failed, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { EventWrite, FromPersistence } from '../../schema/thread.ts';
import { type TestHost, TestPersistence } from '../testing/persistence.ts';
import { testRecord } from '../testing/session.ts';
import { eventually, isSettled, loopTurns } from '../testing/turns.ts';
import { WritesOf } from '../testing/writes.ts';
import { nothingSpecial } from './batch.ts';

type Four = [EventWrite, EventWrite, EventWrite, EventWrite];

let ring: TestPersistence;

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  ring = new TestPersistence();
});

afterEach(() => {
  ring.close();
  mock.timers.reset();
});

/** Enough turns of the event loop for anything that is on its way to arrive. */
const quiet = () => loopTurns(20);

const storesReach = (count: number) =>
  eventually(`${count} batches are given to storage`, () => ring.storage.stores.length >= count);

/** Storage fails until everybody has heard that it does. */
async function announced(): Promise<void> {
  for (let turn = 0; ring.heardOf('storage').length === 0; turn++) {
    assert.ok(turn < 10, 'it is announced');
    await quiet();
    mock.timers.tick(limits.databaseRetryMsMin);
  }
}

const heardOf = <Kind extends FromPersistence['kind']>(host: TestHost, kind: Kind) =>
  host.heard.filter((message): message is Extract<FromPersistence, { kind: Kind }> => message.kind === kind);

test('a lone write is stored at once; its frame and its position follow', async () => {
  const host = ring.attach(0);
  const session = new WritesOf('1');
  const [open, event] = [session.open(), session.event()];
  host.writes(open, event);
  await eventually('both ends hear', () => host.heard.length === 1 && ring.heard.length === 1);
  assert.deepEqual(ring.storage.stores, [{ writes: [open, event], touches: {} }]);
  assert.deepEqual(ring.frames, [['s-1', 1]]);
  assert.deepEqual(host.heard, [{ kind: 'committed', positions: ['s-1', 1], writes: 2 }]);
});

test('while one batch is in flight the next one gathers, from all hosts', async () => {
  const [first, second] = [ring.attach(0), ring.attach(1)];
  const [one, two] = [new WritesOf('1'), new WritesOf('2')];
  ring.storage.isHeld = true;
  const [early, ...later] = [one.event(), one.event(), two.event(), two.event()];
  first.writes(early);
  await storesReach(1);
  for (const write of later) (write.sessionId === 's-1' ? first : second).writes(write);
  await quiet();
  assert.equal(ring.storage.stores.length, 1);
  ring.storage.settle();
  await storesReach(2);
  assert.deepEqual(ring.storage.stores[1]?.writes, later);
  ring.storage.isHeld = false;
  ring.storage.settle();
  await eventually('both hosts hear', () => second.heard.length === 1 && first.heard.length === 2);
  assert.deepEqual(second.heard, [{ kind: 'committed', positions: ['s-2', 2], writes: 2 }]);
});

test('nobody sees a frame before its row is committed', async () => {
  const host = ring.attach(0);
  ring.storage.isHeld = true;
  host.writes(...new WritesOf('1').events(3));
  await storesReach(1);
  await quiet();
  assert.deepEqual([ring.heard, host.heard], [[], []]);
  ring.storage.settle();
  await eventually('the frames come', () => ring.frames.length === 3);
});

test('more than one batch’s worth is stored in order, batch by batch', async () => {
  const host = ring.attach(0);
  const writes = new WritesOf('1').events(2 * limits.batchRowsMax + 7);
  host.writes(...writes);
  await eventually('all frames come', () => ring.frames.length === writes.length);
  assert.deepEqual(
    ring.storage.stores.map((store) => store.writes.length),
    [limits.batchRowsMax, limits.batchRowsMax, 7],
  );
  assert.deepEqual(
    ring.frames.map(([, sequence]) => sequence),
    writes.map((write) => write.event.sequence),
  );
});

test('while PostgreSQL is away the same batch is tried again, and everybody hears that it is away and back', async () => {
  const host = ring.attach(0);
  const session = new WritesOf('1');
  ring.storage.failure = new Error('connection refused');
  const write = session.event();
  host.writes(write);
  await announced();
  host.writes(session.event());
  for (let attempt = 3; attempt <= 5; attempt++) {
    await quiet();
    mock.timers.tick(limits.databaseRetryMsMax);
    await storesReach(attempt);
  }
  await quiet();
  assert.deepEqual([ring.frames, host.heard], [[], []]);
  ring.storage.failure = undefined;
  mock.timers.tick(limits.databaseRetryMsMax);
  await eventually('everything is stored', () => ring.frames.length === 2);
  assert.deepEqual(ring.heardOf('storage'), [
    { kind: 'storage', isAvailable: false, reason: 'connection refused' },
    { kind: 'storage', isAvailable: true, reason: '' },
  ]);
  assert.deepEqual(
    ring.heardOf('log').map(({ entry }) => entry.event),
    ['storage.unavailable', 'storage.restored'],
  );
  assert.deepEqual(ring.frames, [
    ['s-1', 1],
    ['s-1', 2],
  ]);
});

test('a session is claimed after everything that was handed in before is stored', async () => {
  const host = ring.attach(0);
  const session = new WritesOf('1');
  ring.storage.isHeld = true;
  host.writes(session.event());
  await storesReach(1);
  host.writes(...session.events(limits.batchRowsMax + 1));
  host.activates('s-1');
  await quiet();
  for (let count = 2; count <= 3; count++) {
    ring.storage.settle();
    await storesReach(count);
    assert.deepEqual(ring.storage.activations, []);
  }
  ring.storage.settle();
  await eventually('it is claimed', () => ring.storage.activations.length === 1);
  ring.storage.settle();
  await eventually('the host hears', () => heardOf(host, 'activated').length === 1);
});

test('whoever activates a session gets its record and events, or why not', async () => {
  const [host, other] = [ring.attach(0), ring.attach(1)];
  const activation = { record: testRecord({ epoch: 2 }), events: [] };
  ring.storage.activation = (id) => (id === 's-1' ? succeeded(activation) : failed('sessionEnded', 'It has ended.'));
  host.activates('s-1');
  host.activates('s-2');
  await eventually('both are answered', () => host.heard.length === 2);
  assert.deepEqual(host.heard, [
    { kind: 'activated', sessionId: 's-1', outcome: succeeded(activation) },
    { kind: 'activated', sessionId: 's-2', outcome: failed('sessionEnded', 'It has ended.') },
  ]);
  assert.deepEqual(other.heard, []);
});

test('what is written while many sessions are claimed is stored between a few of them, and all are claimed', async () => {
  const host = ring.attach(0);
  const claimed = Array.from({ length: 2 * limits.claimsAtOnceMax + 1 }, (_, n) => `s-${n}`);
  ring.storage.isHeld = true;
  for (const sessionId of claimed) host.activates(sessionId);
  await eventually('the first is being claimed', () => ring.storage.activations.length === 1);
  host.writes(new WritesOf('of somebody who is back').event());
  await quiet();
  while (ring.storage.stores.length === 0) {
    assert.ok(ring.storage.activations.length <= 2 * limits.claimsAtOnceMax);
    ring.storage.settle();
    await quiet();
  }
  ring.storage.isHeld = false;
  ring.storage.settle();
  await eventually('the host hears of all', () => heardOf(host, 'activated').length === claimed.length);
  assert.deepEqual(ring.storage.activations, claimed);
});

test('a claim that PostgreSQL could not answer is tried again, and the batch before it is not', async () => {
  const host = ring.attach(0);
  host.writes(new WritesOf('1').event());
  await eventually('the write is stored', () => host.heard.length === 1);
  ring.storage.failure = new Error('gone');
  host.activates('s-1');
  await announced();
  ring.storage.failure = undefined;
  mock.timers.tick(limits.databaseRetryMsMax);
  await eventually('the host hears', () => heardOf(host, 'activated').length === 1);
  assert.deepEqual(new Set(ring.storage.activations), new Set(['s-1']));
  assert.ok(ring.storage.activations.length > 1);
  assert.equal(ring.storage.stores.length, 1);
});

test('a session that nobody can read is refused, and the others’ rows are stored all the same', async () => {
  const host = ring.attach(0);
  ring.storage.activation = () => {
    throw new SyntaxError('Unexpected token in JSON');
  };
  host.activates('s-1');
  await eventually('the host hears', () => heardOf(host, 'activated').length === 1);
  assert.partialDeepStrictEqual(heardOf(host, 'activated')[0]?.outcome, { ok: false, failure: { code: 'internal' } });
  host.writes(new WritesOf('2').event());
  await eventually('it is stored', () => ring.frames.length === 1);
  assert.deepEqual(
    ring.heardOf('log').map(({ entry }) => entry.event),
    ['session.unreadable'],
  );
});

test('a connection that ended is no news when the next one works', async () => {
  const host = ring.attach(0);
  ring.storage.failure = new Error('Connection terminated');
  host.writes(new WritesOf('1').event());
  await storesReach(1);
  await quiet();
  ring.storage.failure = undefined;
  mock.timers.tick(limits.databaseRetryMsMin);
  await eventually('it is stored', () => ring.frames.length === 1);
  assert.deepEqual([ring.heardOf('storage'), ring.heardOf('log')], [[], []]);
});

test('a host hears who was fenced, who is gone and what was refused before it hears of the commit', async () => {
  const host = ring.attach(0);
  const [good, stale, bad, late] = ['1', '2', '3', '4'].map((name) => new WritesOf(name).event()) as Four;
  ring.storage.result = ([, fenced, refused, gone]) =>
    fenced && refused && gone
      ? {
          fates: new Map([
            [fenced.write, 'fenced'],
            [refused.write, 'refused'],
            [gone.write, 'gone'],
          ]),
          reasons: new Map([[refused.write, 'bad']]),
        }
      : nothingSpecial;
  host.writes(good, stale, bad, late);
  await eventually('both ends hear', () => host.heard.length === 4 && ring.heard.length === 2);
  assert.deepEqual(host.heard, [
    { kind: 'refused', sessionId: 's-3', sequence: 1, reason: 'bad' },
    { kind: 'fenced', sessionIds: ['s-2'] },
    { kind: 'gone', sessionIds: ['s-4'] },
    { kind: 'committed', positions: ['s-1', 1], writes: 4 },
  ]);
  assert.deepEqual(ring.frames, [['s-1', 1]]);
  assert.deepEqual(
    ring.heardOf('log').map(({ entry }) => [entry.event, entry.fields.sessionId]),
    [['storage.refused', 's-3']],
  );
});

test('updated_at follows each chat’s newest message within half a second, in one write', async () => {
  const host = ring.attach(0);
  const [one, two] = [new WritesOf('1'), new WritesOf('2')];
  host.writes(one.event({ createdAtMs: 10 }), two.event({ createdAtMs: 20 }), one.event({ createdAtMs: 30 }));
  await eventually('they are stored', () => ring.frames.length === 3);
  mock.timers.tick(limits.touchIntervalMs);
  await storesReach(2);
  assert.deepEqual(ring.storage.stores[1], { writes: [], touches: { 'c-1': 30, 'c-2': 20 } });
  await quiet();
  mock.timers.tick(10 * limits.touchIntervalMs);
  await quiet();
  assert.equal(ring.storage.stores.length, 2, 'nothing is written while nothing happens');
});

test('an updated_at that could not be written is written later', async () => {
  const host = ring.attach(0);
  host.writes(new WritesOf('1').event({ createdAtMs: 10 }));
  await eventually('it is stored', () => ring.frames.length === 1);
  ring.storage.failure = new Error('gone');
  mock.timers.tick(limits.touchIntervalMs);
  await announced();
  ring.storage.failure = undefined;
  mock.timers.tick(limits.databaseRetryMsMax);
  await eventually('it is back', () => ring.heardOf('storage').length === 2);
  const touches = ring.storage.stores.filter((store) => store.touches['c-1'] === 10);
  assert.equal(touches.length, ring.storage.stores.length - 1, 'each time in vain, and once more');
});

test('draining answers once everything is stored, updated_at included, and then the actor is finished', async () => {
  const host = ring.attach(0);
  const session = new WritesOf('1');
  ring.storage.isHeld = true;
  host.writes(session.event({ createdAtMs: 10 }));
  await storesReach(1);
  host.writes(session.event({ createdAtMs: 20 }));
  ring.asks('drain', 7);
  await quiet();
  for (let count = 2; count <= 3; count++) {
    assert.deepEqual([ring.heardOf('reply'), await isSettled(ring.actor.finished)], [[], false]);
    ring.storage.settle();
    await storesReach(count);
  }
  ring.storage.settle();
  ring.storage.isHeld = false;
  await ring.actor.finished;
  await eventually('the gateway hears', () => ring.heardOf('reply').length === 1);
  assert.deepEqual(ring.heardOf('reply'), [{ kind: 'reply', replyTo: 7, outcome: succeeded({ kind: 'drained' }) }]);
  const newest = Math.max(...ring.storage.stores.map(({ touches }) => touches['c-1'] ?? 0));
  assert.deepEqual([ring.frames.length, newest], [2, 20]);
});

test('an idle actor drains at once', async () => {
  ring.asks('drain', 1);
  await ring.actor.finished;
});

test('what a dead host had handed in is stored, and its successor hears nothing of it', async () => {
  const dead = ring.attach(0);
  const session = new WritesOf('1');
  ring.storage.isHeld = true;
  dead.writes(session.event());
  await storesReach(1);
  dead.writes(session.event());
  dead.activates('s-9');
  await quiet();
  dead.dies();
  const successor = ring.attach(0);
  await quiet();
  ring.storage.isHeld = false;
  ring.storage.settle();
  await eventually('both are stored', () => ring.frames.length === 2);
  successor.writes(new WritesOf('2').event());
  await eventually('the successor hears of its own', () => successor.heard.length > 0);
  assert.deepEqual(successor.heard, [{ kind: 'committed', positions: ['s-2', 1], writes: 1 }]);
  assert.deepEqual(ring.storage.activations, []);
});

test('a claim in flight when its host died does not reach the successor, whose own does', async () => {
  const dead = ring.attach(0);
  ring.storage.isHeld = true;
  dead.activates('s-1');
  await eventually('it is being claimed', () => ring.storage.activations.length === 1);
  const successor = ring.attach(0);
  successor.activates('s-1');
  await quiet();
  ring.storage.isHeld = false;
  ring.storage.settle();
  await eventually('the successor hears', () => successor.heard.length > 0);
  await quiet();
  assert.deepEqual([ring.storage.activations, successor.heard.length], [['s-1', 's-1'], 1]);
});

test('its metrics count batches by size and by what let them go', async () => {
  const host = ring.attach(0);
  host.writes(...new WritesOf('1').events(3));
  await eventually('they are stored', () => ring.frames.length === 3);
  ring.asks('metrics', 3);
  await eventually('they are told', () => ring.heardOf('reply').length === 1);
  const [reply] = ring.heardOf('reply');
  assert.ok(reply?.outcome.ok && reply.outcome.value.kind === 'metrics');
  const metrics = reply.outcome.value.metrics as { name: string; values: { value: number; labels: object }[] }[];
  const valuesOf = (name: string) => metrics.find((metric) => metric.name === name)?.values;
  assert.partialDeepStrictEqual(valuesOf('lucid_batches_total'), [{ value: 1, labels: { trigger: 'idle' } }]);
  assert.deepEqual(valuesOf('lucid_persistence_waiting_writes'), [{ value: 0, labels: {} }]);
});
