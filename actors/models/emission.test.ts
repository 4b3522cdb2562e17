// The mock agent emits as many events as a load test asks for, and takes nothing else for such a request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { countEmitted, parseEmission, writeThoughts } from './emission.ts';

test('a load test says how many events, and at which pace if at any', () => {
  assert.deepEqual(parseEmission('Emit 1000 events'), { events: 1_000, atOnce: 50, everyMs: 0 });
  assert.deepEqual(parseEmission('Emit 7 events, 2 every 20 ms'), { events: 7, atOnce: 2, everyMs: 20 });
});

test('any other message asks for no events', () => {
  for (const text of [
    'Write hello world',
    'Emit events',
    'Please Emit 3 events',
    'Emit 3 events.',
    'Emit 99999999 events',
  ])
    assert.equal(parseEmission(text), undefined, text);
});

test('answer by answer exactly that many different thoughts are emitted, and then none', async () => {
  const emissions = fc.record({
    events: fc.nat({ max: 500 }),
    atOnce: fc.integer({ min: 1, max: 60 }),
    everyMs: fc.nat({ max: 99 }),
  });
  await fc.assert(
    fc.property(emissions, (emission) => {
      const thoughts: string[][] = [];
      const emitNext = () => writeThoughts(emission, countEmitted(thoughts.at(-1)?.at(-1) ?? ''));
      for (let some = emitNext(); some.length > 0; some = emitNext()) thoughts.push(some);
      assert.ok(thoughts.every((some) => some.length > 0 && some.length <= emission.atOnce));
      assert.equal(new Set(thoughts.flat()).size, emission.events);
    }),
  );
});
