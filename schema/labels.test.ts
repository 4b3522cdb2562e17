// Labels: who has those that a session asks for, and what is said where nobody does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasLabels, noFittingEngine } from './labels.ts';

const anyLabels = fc.dictionary(fc.constantFrom('region', 'gpu', 'constructor', 'toString'), fc.constantFrom('a', 'b'));

test('an engine has the labels of a session that asks for some of its own, and for nothing else', () => {
  fc.assert(
    fc.property(anyLabels, anyLabels, (own, wanted) => {
      const all = { ...own, ...wanted };
      const addsNone = Object.keys(all).length === Object.keys(own).length;
      const changesNone = Object.entries(own).every(([name, value]) => all[name] === value);
      assert.equal(hasLabels(own, wanted), addsNone && changesNone);
      assert.ok(hasLabels(own, undefined));
    }),
  );
});

test('a refusal names the labels that nobody has, or those that nobody has together', () => {
  const detailOf = (wanted: Record<string, string>, reached: Record<string, string>[]) =>
    noFittingEngine(wanted, reached).failure.detail;
  const wanted = { region: 'eu', gpu: 'true' };
  assert.equal(
    detailOf(wanted, [{ region: 'eu' }, { region: 'us', gpu: 'false' }]),
    'No engine that takes sessions now has the label gpu=true.',
  );
  assert.equal(detailOf(wanted, []), 'No engine that takes sessions now has the labels gpu=true, region=eu.');
  assert.equal(
    detailOf(wanted, [{ region: 'eu' }, { gpu: 'true' }]),
    'No engine that takes sessions now has the labels gpu=true, region=eu together.',
  );
});
