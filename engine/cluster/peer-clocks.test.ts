// The age of a post tells an engine what it slept through, and not whose clock is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PeerClocks } from './peer-clocks.ts';

test('clocks that differ by minutes make no post old', () => {
  fc.assert(
    fc.property(fc.integer({ min: -600_000, max: 600_000 }), fc.array(fc.nat({ max: 50 })), (difference, delays) => {
      const clocks = new PeerClocks();
      for (const [at, delayMs] of delays.entries()) {
        const sentMs = 1_000_000 + at * 2_000;
        const ageMs = clocks.measureAge('peer', sentMs + difference, sentMs + delayMs);
        assert.ok(ageMs >= 0 && ageMs <= 50);
      }
    }),
  );
});

test('what waited while this engine stood still is as old as it is', () => {
  const clocks = new PeerClocks();
  for (let at = 0; at < 20; at++) clocks.measureAge('peer', at * 1_000, at * 1_000 + 3);
  for (const sentMs of [20_000, 25_000, 30_000])
    assert.equal(clocks.measureAge('peer', sentMs, 60_003), 60_000 - sentMs);
});

test('a clock that is set anew is believed within half a minute', () => {
  const clocks = new PeerClocks();
  const hourMs = 3_600_000;
  for (let at = 0; at < 10; at++) clocks.measureAge('peer', at * 2_000, at * 2_000);
  let ageMs = hourMs;
  for (let at = 10; at < 25; at++) ageMs = clocks.measureAge('peer', at * 2_000 - hourMs, at * 2_000);
  assert.equal(ageMs, 0);
});
