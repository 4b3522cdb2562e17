// A list of sessions says first which ones need somebody, and moves a session only where that changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SessionReport } from '../session/session-report.ts';
import { groupOf, groupSessions, holdGroups, isFound } from './group-sessions.ts';
import { makeReport } from './testing/report.ts';

const endOf = (reason: NonNullable<SessionReport['lastTurn']>['reason']) => ({ reason, message: null });

test('what failed, and a turn that ended otherwise than the agent meant it to, need somebody', () => {
  const groups = (['finished', 'interrupted', 'iterations', 'timeout', 'repeating', 'refused', 'failed'] as const).map(
    (reason) => groupOf({ state: 'idle', lastTurn: endOf(reason), queuePosition: null }),
  );
  assert.deepEqual(groups, ['done', ...Array(6).fill('needsYou')]);
  assert.equal(groupOf({ state: 'failed', lastTurn: endOf('finished'), queuePosition: null }), 'needsYou');
});

test('what is new, waits or works is at work, and what was stopped is done however its last turn ended', () => {
  assert.equal(groupOf({ state: 'created', lastTurn: null, queuePosition: 3 }), 'working');
  assert.equal(groupOf({ state: 'working', lastTurn: endOf('failed'), queuePosition: null }), 'working');
  assert.equal(groupOf({ state: 'stopped', lastTurn: endOf('interrupted'), queuePosition: null }), 'done');
});

test('within a group sessions stay where they are whatever they do', () => {
  const ages = fc.uniqueArray(fc.nat(1_000), { maxLength: 30 });
  fc.assert(
    fc.property(ages, (created) => {
      const reports = created.map((second) =>
        makeReport({ sessionId: `s-${second}`, createdAt: new Date(second * 1_000).toISOString() }),
      );
      const ids = groupSessions(reports).done.map(({ sessionId }) => sessionId);
      const changed = reports.map((report) => ({ ...report, updatedAt: '2027-01-01T00:00:00Z', watchers: 3 }));
      assert.deepEqual(
        groupSessions(changed.reverse()).done.map(({ sessionId }) => sessionId),
        ids,
      );
      assert.deepEqual(
        ids,
        [...created].sort((one, other) => other - one).map((second) => `s-${second}`),
      );
    }),
  );
});

test('a session is found by any of its words, in any case and order, and by its repository', () => {
  const report = makeReport({ title: 'Mend the Login page', repoUrl: 'https://github.com/ada/shop' });
  for (const search of ['', 'login', 'PAGE mend', 'ada/shop', ' log  shop '])
    assert.ok(isFound(report, search), search);
  assert.ok(!isFound(report, 'login logout'));
});

test('a number is looked for in the words alone, and a copied id finds its session', () => {
  const report = makeReport({
    sessionId: '0197f3a2-7777-7c1d',
    title: 'Bulk task number 17',
    task: 'Bulk task number 17',
  });
  assert.ok(isFound(report, 'number 1'));
  assert.ok(!isFound(report, 'number 7'));
  assert.ok(isFound(report, '0197f3a2-7777'));
});

test('while somebody points at the list nothing moves, what changed is shown in place, and older ones follow at the end', () => {
  const at = (second: number, changes: Partial<SessionReport> = {}) =>
    makeReport({ sessionId: `s-${second}`, createdAt: new Date(second * 1_000).toISOString(), ...changes });
  const held = groupSessions([at(3, { state: 'working' }), at(2)]);
  const now = groupSessions([at(4), at(3, { watchers: 2 }), at(2), at(1)]);
  const shown = holdGroups(held, now);
  assert.deepEqual(shown, { needsYou: [], working: [at(3, { watchers: 2 })], done: [at(2), at(1)] });
  assert.deepEqual(holdGroups(held, groupSessions([at(3)])).done, []);
  assert.deepEqual(holdGroups(groupSessions([]), now), now);
});
