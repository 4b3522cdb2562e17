// Which days a list of costs has: never more than are allowed, and never none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import { chooseRange } from './costs-range.ts';

const nowMs = Date.parse('2026-02-17T23:59:59.999Z');

test('a range without ends is the month until today, with one it goes on from there', () => {
  assert.deepEqual(chooseRange({}, nowMs), { ok: true, value: { from: '2026-01-19', to: '2026-02-17' } });
  assert.deepEqual(chooseRange({ to: '2026-01-30' }, nowMs), {
    ok: true,
    value: { from: '2026-01-01', to: '2026-01-30' },
  });
  assert.deepEqual(chooseRange({ from: '2026-02-17' }, nowMs), {
    ok: true,
    value: { from: '2026-02-17', to: '2026-02-17' },
  });
});

test('whatever days are asked for, as many are answered as are allowed, or the range is refused', () => {
  const day = fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  fc.assert(
    fc.property(fc.option(day, { nil: undefined }), fc.option(day, { nil: undefined }), (from, to) => {
      const range = chooseRange({ from, to }, nowMs);
      if (!range.ok) return assert.equal(range.failure.errors?.[0]?.path, 'from');
      const days = (Date.parse(range.value.to) - Date.parse(range.value.from)) / 86_400_000 + 1;
      assert.ok(days >= 1 && days <= limits.costDaysMax);
      assert.match(`${range.value.from} ${range.value.to}`, /^\d{4}-\d{2}-\d{2} \d{4}-\d{2}-\d{2}$/);
    }),
  );
});
