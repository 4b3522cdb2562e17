// One batch is written at a time, with pauses that grow while PostgreSQL is away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createActor, initialTransition, SimulatedClock, transition } from 'xstate';
import {
  databaseRetryMsMax,
  databaseRetryMsMin,
  type PersistenceEvent,
  type PersistenceMachineDependencies,
  persistenceMachine,
  retryDelayMs,
} from './persistence.machine.ts';

/** A running machine on simulated time, and what it said. */
function startMachine() {
  const did: string[] = [];
  const clock = new SimulatedClock();
  const effects: PersistenceMachineDependencies = {
    writeBatch: () => void did.push('write'),
    announceUnavailable: (reason) => void did.push(`away: ${reason}`),
    announceAvailable: () => void did.push('back'),
  };
  const actor = createActor(persistenceMachine, { input: { dependencies: effects }, clock });
  actor.start();
  /** Sends an event; returns what was done because of it. */
  const hears = (event: PersistenceEvent) => {
    const before = did.length;
    actor.send(event);
    return did.slice(before);
  };
  const waits = (ms: number) => {
    const before = did.length;
    clock.increment(ms);
    return did.slice(before);
  };
  return { actor, hears, waits, did };
}

const work = { type: 'work' } as const;
const written = { type: 'written', hasMore: false } as const;
const writtenWithMore = { type: 'written', hasMore: true } as const;
const failed = { type: 'failed', reason: 'gone' } as const;

test('work that comes to an idle actor is written at once', () => {
  const { actor, hears } = startMachine();
  assert.equal(actor.getSnapshot().value, 'idle');
  assert.deepEqual(hears(work), ['write']);
  assert.equal(actor.getSnapshot().value, 'writing');
});

test('work that comes while a batch is in flight waits for the next one', () => {
  const { hears } = startMachine();
  hears(work);
  assert.deepEqual(hears(work), []);
  assert.deepEqual(hears(writtenWithMore), ['write']);
  assert.deepEqual(hears(written), []);
  assert.deepEqual(hears(work), ['write']);
});

test('a failure that lasts is announced, and the same batch tried again after a pause that grows', () => {
  const { hears, waits } = startMachine();
  hears(work);
  for (let attempt = 1; attempt <= 8; attempt++) {
    assert.deepEqual(hears(failed), attempt === 1 ? [] : ['away: gone'], 'a connection that ended is no news yet');
    assert.deepEqual(hears(work), []);
    assert.deepEqual(waits(retryDelayMs(attempt) - 1), []);
    assert.deepEqual(waits(1), ['write']);
  }
});

test('when PostgreSQL is back that is said, and what waited is written', () => {
  const { actor, hears, waits } = startMachine();
  hears(work);
  hears(failed);
  waits(retryDelayMs(1));
  assert.deepEqual(hears(written), ['back', 'write']);
  assert.deepEqual(hears(written), []);
  assert.equal(actor.getSnapshot().value, 'idle');
});

test('after it was back the next failure begins with the shortest pause again', () => {
  const { hears, waits } = startMachine();
  hears(work);
  for (let attempt = 1; attempt <= 5; attempt++) {
    hears(failed);
    waits(retryDelayMs(attempt));
  }
  hears(written);
  hears(failed);
  assert.deepEqual(waits(databaseRetryMsMin), ['write']);
});

test('the pause doubles from its smallest to its largest, and never leaves the two', async () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 100].map(retryDelayMs), [100, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
  await fc.assert(
    fc.property(fc.nat({ max: 5_000 }), (attempts) => {
      const delayMs = retryDelayMs(attempts);
      assert.ok(delayMs >= databaseRetryMsMin && delayMs <= databaseRetryMsMax);
      assert.ok(delayMs <= retryDelayMs(attempts + 1));
    }),
  );
});

test('whatever happens, no batch is written while another is in flight', async () => {
  const anyEvent = fc.constantFrom<PersistenceEvent | 'wait'>(work, written, writtenWithMore, failed, 'wait');
  await fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40, size: 'max' }), (events) => {
      const { actor, hears, waits } = startMachine();
      let inFlight = 0;
      for (const event of events) {
        const isReport = event !== 'wait' && event.type !== 'work';
        if (isReport && inFlight === 0) continue; // Nobody reports a batch that isn't there.
        if (isReport) inFlight--;
        const did = event === 'wait' ? waits(databaseRetryMsMax) : hears(event);
        inFlight += did.filter((what) => what === 'write').length;
        assert.equal(inFlight, actor.getSnapshot().value === 'writing' ? 1 : 0);
      }
    }),
  );
});

test('transitions of the machine do nothing by themselves', () => {
  const forbidden = () => assert.fail('A transition had an effect.');
  const effects = { writeBatch: forbidden, announceUnavailable: forbidden, announceAvailable: forbidden };
  const [idle] = initialTransition(persistenceMachine, { dependencies: effects });
  const [writing, actions] = transition(persistenceMachine, idle, work);
  assert.equal(writing.value, 'writing');
  assert.deepEqual(
    actions.map((action) => action.type),
    ['write'],
  );
});
