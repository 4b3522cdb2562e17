// An engine stands apart from the others only where they are better off than it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Standing } from './standing.ts';

/** Looks some times, with what the beats of the others tell of their reach. */
function look(
  standing: Standing,
  times: number,
  { isBusUp = true, isStoring = true, othersReach = 0, heard = '' } = {},
) {
  for (let count = 0; count < times; count++) {
    if (heard !== '') standing.note(heard);
    standing.look(isStoring);
    standing.compare(isBusUp, othersReach);
  }
}

test('an engine that alone is cut from the bus is isolated within ten seconds, and not once it hears another', () => {
  const standing = new Standing();
  look(standing, 3, { heard: 'b', othersReach: 3 });
  look(standing, 5, { isBusUp: false, othersReach: 3 });
  assert.equal(standing.isIsolated, false);
  look(standing, 5, { isBusUp: false, othersReach: 3 });
  assert.equal(standing.isIsolated, true);
  look(standing, 1, { heard: 'b', othersReach: 3 });
  assert.equal(standing.isIsolated, false);
});

test('nobody is isolated where the bus is away for all, whoever notices it first', () => {
  const standing = new Standing();
  look(standing, 3, { heard: 'b', othersReach: 3 });
  for (const othersReach of [3, 3, 3, 3, 3, 3, 1, 1, 0, 0, 0, 0, 0, 0])
    look(standing, 1, { isBusUp: false, othersReach });
  assert.equal(standing.isIsolated, false);
});

test('of two engines whose nats-servers have lost each other none is isolated, and of three the one that is alone', () => {
  const [one, alone] = [new Standing(), new Standing()];
  look(one, 30, { othersReach: 1 });
  look(alone, 30, { othersReach: 2 });
  assert.deepEqual([one.isIsolated, alone.isIsolated], [false, true]);
});

test('an engine that stood still looks as often as before, so that it takes nobody for silent', () => {
  const standing = new Standing();
  look(standing, 3, { heard: 'b', othersReach: 2 });
  look(standing, 1, { othersReach: 2 });
  assert.deepEqual([standing.hearsNobody, standing.isIsolated], [false, false]);
});

test('an engine that can’t store sends its clients away only where another one stores', () => {
  const standing = new Standing();
  const lookWith = (times: number, isStoring: boolean, stores: boolean) => {
    for (let count = 0; count < times; count++) {
      standing.noteHello('b', stores);
      standing.look(isStoring);
    }
    return standing.isCutFromStorage;
  };
  assert.equal(lookWith(30, false, false), false, 'PostgreSQL is away for all');
  assert.equal(lookWith(4, false, true), false, 'the other was back a little sooner');
  assert.equal(lookWith(3, true, true), false);
  assert.equal(lookWith(5, false, true), true);
  assert.equal(lookWith(1, true, true), false);
  for (let count = 0; count < 30; count++) standing.look(false);
  assert.equal(standing.isCutFromStorage, false, 'nobody is heard who stores');
});
