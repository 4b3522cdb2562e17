// A seed gives the same schedule again, so that a failed run can be repeated.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeRandom } from './random.ts';

const drawn = (seed: number, count: number) => {
  const random = makeRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

test('the same seed makes the same choices, another seed others', () => {
  assert.deepEqual(drawn(7, 20), drawn(7, 20));
  assert.notDeepEqual(drawn(7, 20), drawn(8, 20));
});

test('a choice is within its bounds', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(1_000), fc.nat(1_000), (seed, min, more) => {
      const chosen = makeRandom(seed).between(min, min + more);
      assert.ok(Number.isInteger(chosen) && chosen >= min && chosen <= min + more);
    }),
  );
});

test('one part of a schedule does not change another part', () => {
  const [one, other] = [makeRandom(3), makeRandom(3)];
  one.next();
  assert.equal(one.fork('client-1').next(), other.fork('client-1').next());
  assert.notEqual(one.fork('client-1').next(), one.fork('client-2').next());
});
