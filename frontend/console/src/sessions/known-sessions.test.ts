// What is known of sessions follows the pages that are read: nothing that is there is lost, and nothing that is gone stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareAges } from './group-sessions.ts';
import { addNewest, addSessions, findOverdue, type KnownSessions } from './known-sessions.ts';
import { makeReport } from './testing/report.ts';

const reportAt = (second: number) =>
  makeReport({ sessionId: `s-${second}`, createdAt: new Date(second * 1_000).toISOString() });

/** As the engine answers for the first page. */
function newestOf(seconds: readonly number[], limit: number) {
  const sessions = seconds.map(reportAt).sort(compareAges).slice(0, limit);
  return { sessions, nextBefore: sessions.length < limit ? null : (sessions.at(-1)?.sessionId ?? null) };
}

const idsOf = (known: KnownSessions) => [...known.keys()].sort();

test('a session that was deleted disappears from the newest page, and older ones stay', () => {
  const known = addSessions(new Map(), [1, 2, 3, 4, 5].map(reportAt));
  assert.deepEqual(idsOf(addNewest(known, newestOf([1, 2, 3, 5], 2))), ['s-1', 's-2', 's-3', 's-5']);
  assert.deepEqual(idsOf(addNewest(known, newestOf([], 2))), []);
});

test('reading every page again gives exactly what there is', () => {
  const seconds = fc.uniqueArray(fc.nat(50), { maxLength: 20 });
  fc.assert(
    fc.property(seconds, seconds, fc.integer({ min: 1, max: 25 }), (before, after, limit) => {
      const page = newestOf(after, limit);
      const known = addNewest(addSessions(new Map(), before.map(reportAt)), page);
      const oldest = page.sessions.at(-1);
      const older = before
        .map(reportAt)
        .filter((report) => page.nextBefore !== null && oldest && compareAges(report, oldest) > 0);
      const expected = new Set([...page.sessions, ...older].map(({ sessionId }) => sessionId));
      assert.deepEqual(idsOf(known), [...expected].sort());
    }),
  );
});

test('what has not changed is the same object, so that nothing is drawn again', () => {
  const known = addSessions(new Map(), [reportAt(1), reportAt(2)]);
  assert.equal(addNewest(known, newestOf([1, 2], 5)), known);
  const next = addSessions(known, [reportAt(1), { ...reportAt(2), watchers: 1 }]);
  assert.equal(next.get('s-1'), known.get('s-1'));
  assert.equal(next.get('s-2')?.watchers, 1);
});

test('a session at work that no page has any more is asked for by itself', () => {
  const known = addSessions(new Map(), [reportAt(1), { ...reportAt(2), state: 'working' }]);
  assert.deepEqual(findOverdue(known, new Set()), ['s-2']);
  assert.deepEqual(findOverdue(known, new Set(['s-2'])), []);
});
