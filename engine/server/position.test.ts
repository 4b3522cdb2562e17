// Whether a client that comes back gets only what it missed, or everything again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { canResume, Position } from './position.ts';

/** The epochs of a stored session's events, which never fall. */
const storedEpochs = fc
  .array(fc.nat({ max: 1 }), { maxLength: 20 })
  .map((steps) => steps.map((_, at) => 1 + steps.slice(0, at + 1).reduce((sum, step) => sum + step, 0)));

const storedAt = (epochs: readonly number[], sequence: number) => ({
  epochThere: epochs[sequence - 1] ?? null,
  lastSequence: epochs.length,
});

test('a client that saw the stored events gets only those that it missed', async () => {
  await fc.assert(
    fc.property(storedEpochs, fc.nat({ max: 20 }), (epochs, seen) => {
      const lastSequence = Math.min(seen, epochs.length);
      const epoch = epochs[lastSequence - 1];
      const client = { lastSequence, ...(epoch !== undefined && { epoch }) };
      assert.equal(canResume(client, storedAt(epochs, lastSequence)), true);
    }),
  );
});

test('a client that saw more than is stored gets everything again', async () => {
  await fc.assert(
    fc.property(storedEpochs, fc.integer({ min: 1, max: 100 }), fc.option(fc.nat()), (epochs, ahead, epoch) => {
      const lastSequence = epochs.length + ahead;
      const client = { lastSequence, ...(epoch !== null && { epoch }) };
      assert.equal(canResume(client, storedAt(epochs, lastSequence)), false);
    }),
  );
});

test('a client whose last event has another epoch than the stored one gets everything again', async () => {
  await fc.assert(
    fc.property(storedEpochs, fc.nat(), fc.constantFrom(-1, 1, 9), (epochs, at, otherBy) => {
      fc.pre(epochs.length > 0);
      const lastSequence = 1 + (at % epochs.length);
      const stored = storedAt(epochs, lastSequence);
      assert.equal(canResume({ lastSequence, epoch: (stored.epochThere ?? 0) + otherBy }, stored), false);
    }),
  );
});

test('a client that names no epoch is believed where its sequence is stored', () => {
  assert.equal(canResume({ lastSequence: 3 }, { epochThere: 2, lastSequence: 3 }), true);
  assert.equal(canResume({ lastSequence: 4 }, { epochThere: null, lastSequence: 3 }), false);
});

test('a client that has seen nothing gets everything, whatever epoch it names', () => {
  assert.equal(canResume({ lastSequence: 0, epoch: 7 }, { epochThere: null, lastSequence: 12 }), true);
});

test('a position of anything but whole numbers from 0 is refused', () => {
  assert.ok(v.is(Position, { lastSequence: 0 }));
  assert.ok(v.is(Position, { epoch: 1, lastSequence: 5 }));
  for (const bad of [{ lastSequence: -1 }, { lastSequence: 1.5 }, { lastSequence: '1' }, { epoch: 1 }, null])
    assert.ok(!v.is(Position, bad), JSON.stringify(bad));
});
