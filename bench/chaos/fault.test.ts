// A fault's title and reach name the size that was run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFault } from './fault.ts';
import { faults } from './faults.ts';
import { makeRandom } from './random.ts';

test('a short run has its own title, reach and size', async () => {
  const fault = makeFault({
    whole: { kills: 20 },
    quick: { kills: 2 },
    title: ({ kills }) => `${kills} kills`,
    reach: ({ kills }) => `back after each of ${kills}`,
    run: async ({ kills }) => ({ measured: `${kills} kills`, violations: [] }),
  });
  const runOf = (isQuick: boolean) => fault.run({ isQuick, random: makeRandom(1), progress() {} });
  assert.deepEqual([fault.title(false), fault.reach(false)], ['20 kills', 'back after each of 20']);
  assert.deepEqual([fault.title(true), fault.reach(true)], ['2 kills (short)', 'back after each of 2']);
  assert.deepEqual([(await runOf(false)).measured, (await runOf(true)).measured], ['20 kills', '2 kills']);
});

test('a short run never has the title of a whole one', () => {
  for (const [name, fault] of Object.entries(faults))
    assert.notEqual(fault.title(true), `${fault.title(false)} (short)`, name);
});
