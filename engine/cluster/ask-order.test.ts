// Of a session's commands each knows which were said before it, whoever is answered first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AskOrder, type Ordered } from './ask-order.ts';

const make = (sessionId: string, at: string | undefined): Ordered => ({ sessionId, at, isBehind: true });

test('what was said before a command and not asked at its place is found, however many were answered meanwhile', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ place: fc.constantFrom('a', 'b', undefined), isAnswered: fc.boolean() }), { size: 'large' }),
      (said) => {
        const order = new AskOrder<Ordered>();
        const all = said.map(({ place }) => make('s', place));
        for (const one of all) {
          order.enter(one);
          order.enter(make('another', one.at));
        }
        for (const [at, one] of all.entries()) if (said[at]?.isAnswered) order.leave(one);
        const left = all.filter((_, at) => !said[at]?.isAnswered);
        for (const [at, one] of left.entries()) {
          const asked = left.slice(0, at).findLastIndex((other) => other.at === 'b');
          assert.deepEqual(order.findBefore(one, 'b'), left.slice(asked + 1, at));
          assert.equal(order.findBehind(one), left[at + 1]);
        }
        assert.deepEqual([order.has('s'), order.has('another')], [left.length > 0, all.length > 0]);
      },
    ),
  );
});

test('only a command that waits behind another one is told of it', () => {
  const order = new AskOrder<Ordered>();
  const [first, second] = [make('s', 'a'), { ...make('s', 'b'), isBehind: false }];
  for (const one of [first, second]) order.enter(one);
  assert.equal(order.findBehind(first), undefined);
});
