// Balance between simulated engines: it comes to rest, whoever takes what is given, and never moves much at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideGiving, givenAtOnceMax } from './balance.ts';

const anyCounts = fc.array(fc.nat({ max: 3_000 }), { minLength: 1, maxLength: 8 });
/** How old what engines know of each other is, in looks. */
const anyAge = fc.integer({ min: 0, max: 6 });
/** Who takes what is given away in a look: an engine, or nobody for now. */
const anyTakers = fc.array(fc.option(fc.nat({ max: 7 }), { nil: undefined }), { maxLength: 50 });

const meanOf = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0) / counts.length;

/** Looks of all engines, one after another, until none gives anything for longer than what they know is old. */
function settle(given: readonly number[], ageLooks: number, takerAt: (look: number) => number | undefined) {
  const counts = [...given];
  const past = [[...counts]];
  let [moved, quiet] = [0, 0];
  for (let look = 0; quiet <= ageLooks; look++) {
    assert.ok(look < 20_000, 'it goes on and on');
    const known = past.at(-1 - ageLooks) ?? (past[0] as number[]);
    const gifts = counts.map((own, at) => decideGiving(own, known.toSpliced(at, 1)));
    for (const gift of gifts) assert.ok(Number.isInteger(gift) && gift >= 0 && gift <= givenAtOnceMax);
    for (const [at, gift] of gifts.entries()) counts[at] = (counts[at] as number) - gift;
    const sum = gifts.reduce((all, gift) => all + gift, 0);
    const taker = takerAt(look);
    if (taker !== undefined) counts[taker % counts.length] = (counts[taker % counts.length] as number) + sum;
    moved += sum;
    quiet = sum === 0 ? quiet + 1 : 0;
    past.push([...counts]);
  }
  return { counts, moved };
}

test('engines come to rest, none of them far above the mean, whoever has taken some of what was given', () => {
  fc.assert(
    fc.property(anyCounts, anyAge, anyTakers, (counts, age, takers) => {
      const { counts: settled } = settle(counts, age, (look) => takers[look]);
      for (const own of settled) assert.ok(own <= 1.3 * meanOf(settled) || own - meanOf(settled) < 10);
      for (const own of settled) assert.ok(own >= 0);
    }),
  );
});

test('nothing goes to and fro: where each client comes back to the emptiest engine, no more is given than the fullest have too much', () => {
  fc.assert(
    fc.property(anyCounts, (counts) => {
      const tooMuch = counts.reduce((sum, own) => sum + Math.max(0, own - Math.floor(meanOf(counts))), 0);
      const now = [...counts];
      let moved = 0;
      for (let look = 0; look < 2_000; look++) {
        const gifts = now.map((own, at) => decideGiving(own, now.toSpliced(at, 1)));
        const sum = gifts.reduce((all, gift) => all + gift, 0);
        if (sum === 0) break;
        moved += sum;
        for (const [at, gift] of gifts.entries()) now[at] = (now[at] as number) - gift;
        for (let back = 0; back < sum; back++) {
          const emptiest = now.indexOf(Math.min(...now));
          now[emptiest] = (now[emptiest] as number) + 1;
        }
      }
      assert.ok(moved <= tooMuch, `${moved} of ${tooMuch}`);
    }),
  );
});

test('an engine alone, or one that has no more than the others, gives nothing', () => {
  fc.assert(
    fc.property(anyCounts, ([own = 0, ...others]) => {
      assert.equal(decideGiving(own, []), 0);
      assert.equal(decideGiving(Math.min(own, ...others), others), 0);
    }),
  );
});
