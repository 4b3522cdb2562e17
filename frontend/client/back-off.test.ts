// The waits between tries: they grow, are never longer than asked, and differ from client to client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { chooseDelayMs } from './back-off.ts';

const backOff = { backOffBaseMs: 250, backOffMaxMs: 30_000 };

test('a wait is anything below its bound, which doubles with each failure up to the longest', () => {
  const bounds = [1, 2, 3, 7, 8, 1_000].map((failures) => chooseDelayMs(backOff, failures, () => 0.999_999_999));
  assert.deepEqual(bounds, [249, 499, 999, 15_999, 29_999, 29_999]);
  assert.equal(
    chooseDelayMs(backOff, 3, () => 0),
    0,
  );
});

test('a wait is at least as long as the engine asks for, and no longer than a timer can be', () => {
  const waits = [0, 700, 1e15].map((retryAfterMs) => chooseDelayMs(backOff, 1, () => 0.5, retryAfterMs));
  assert.deepEqual(waits, [125, 825, 2_147_483_647]);
});

test('no wait is negative or longer than the longest, whatever chance and failures there were', async () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  await fc.assert(
    fc.property(chance, fc.integer({ min: 1, max: 1e9 }), (random, failures) => {
      const ms = chooseDelayMs(backOff, failures, () => random);
      assert.ok(ms >= 0 && ms <= backOff.backOffMaxMs && Number.isInteger(ms));
    }),
  );
});
