// A bounded number of starts runs at once; the others wait in order and know their place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { StartSlots, sandboxQueueMax } from './start-slots.ts';

const nobody = () => undefined;

/** Makes a start that ends when the test lets it. */
function makeHeldStart() {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome<string>>();
  return { start: () => promise, end: () => resolve(succeeded('started')), break: () => reject(new Error('broken')) };
}

test('as many start at once as there are slots; the next one begins when one has ended', async () => {
  const slots = new StartSlots(2);
  const starts = [makeHeldStart(), makeHeldStart(), makeHeldStart()];
  const begun: number[] = [];
  const runs = starts.map(({ start }, at) =>
    slots.run(() => {
      begun.push(at);
      return start();
    }, nobody),
  );
  assert.deepEqual(begun, [0, 1]);
  assert.equal(slots.isBusy, true);
  starts[1]?.end();
  await runs[1];
  await setImmediate();
  assert.deepEqual(begun, [0, 1, 2]);
  for (const start of starts) start.end();
  await Promise.all(runs);
  assert.equal(slots.isBusy, false);
});

test('a waiting start gets its place, from 1, each time that it changes, and 0 when its turn has come', async () => {
  const slots = new StartSlots(1);
  const starts = [makeHeldStart(), makeHeldStart(), makeHeldStart(), makeHeldStart()];
  const places: number[][] = starts.map(() => []);
  const runs = starts.map(({ start }, at) => slots.run(start, (place) => places[at]?.push(place)));
  for (const [at, start] of starts.entries()) {
    start.end();
    await runs[at];
    await setImmediate();
  }
  assert.deepEqual(places, [[], [1, 0], [2, 1, 0], [3, 2, 1, 0]]);
});

test('a start that fails or throws gives its slot back', async () => {
  const slots = new StartSlots(1);
  const broken = makeHeldStart();
  const thrown = slots.run(broken.start, nobody);
  const next = slots.run(async () => failed('sandboxFailed', 'No.'), nobody);
  const last = slots.run(async () => succeeded('started'), nobody);
  broken.break();
  await assert.rejects(thrown, /broken/);
  assert.equal((await next).ok, false);
  assert.deepEqual(await last, succeeded('started'));
  assert.equal(slots.isBusy, false);
});

test('a start is refused as overloaded when too many wait', async () => {
  const slots = new StartSlots(1);
  const held = makeHeldStart();
  const runs = Array.from({ length: 1 + sandboxQueueMax }, () => slots.run(held.start, nobody));
  const refused = await slots.run(held.start, nobody);
  assert.ok(!refused.ok && refused.failure.code === 'overloaded' && refused.failure.retryAfterMs);
  held.end();
  await Promise.all(runs);
});

test('in any order of ends no more starts run than there are slots, and all get their turn', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat({ max: 5 }), { maxLength: 15 }),
      async (n, ticks) => {
        const slots = new StartSlots(n);
        let running = 0;
        let most = 0;
        const start = async (count: number) => {
          most = Math.max(most, ++running);
          for (let tick = 0; tick < count; tick++) await Promise.resolve();
          running--;
          return succeeded(count);
        };
        const results = await Promise.all(ticks.map((count) => slots.run(() => start(count), nobody)));
        assert.deepEqual(
          results.map((result) => result.ok && result.value),
          ticks,
        );
        assert.ok(most <= n);
        assert.equal(slots.isBusy, false);
      },
    ),
  );
});
