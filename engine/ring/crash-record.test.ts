// How sessions come back after their host died: all do, but for one that is at work at each death.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import { CrashRecord, crashWindowMs } from './crash-record.ts';

const sessionsOf = (...ids: string[]) => ids.map((sessionId) => ({ sessionId }));
const idsOf = (sessions: { sessionId: string }[]) => sessions.map(({ sessionId }) => sessionId);

test('an idle session is activated at once, however often its host died', () => {
  const crashes = new CrashRecord();
  for (let deaths = 0; deaths < 10; deaths++) crashes.recordDeath(['busy'], deaths);
  const plan = crashes.planRecovery(sessionsOf('busy', 'resting'), 10);
  assert.deepEqual([idsOf(plan.atOnce), idsOf(plan.givenUp)], [['resting'], ['busy']]);
});

test('a session is activated again three times, and four times when a minute has passed', () => {
  const crashes = new CrashRecord();
  const comesBack = (nowMs: number) => {
    crashes.recordDeath(['a'], nowMs);
    return crashes.planRecovery(sessionsOf('a'), nowMs).givenUp.length === 0;
  };
  assert.deepEqual([0, 1, 2, 3].map(comesBack), [true, true, true, false]);
  assert.equal(comesBack(crashWindowMs + 2), true);
});

test('sessions at work at two deaths come back in groups, at three one by one', () => {
  const crashes = new CrashRecord();
  const ids = ['a', 'b', 'c', 'd', 'e'];
  crashes.recordDeath(ids, 0);
  assert.equal(crashes.planRecovery(sessionsOf(...ids), 0).atOnce.length, 5);
  crashes.recordDeath(ids, 1);
  crashes.recordDeath(['a', 'b'], 2);
  assert.deepEqual(crashes.planRecovery(sessionsOf(...ids), 2).groups.map(idsOf), [['c', 'd'], ['e'], ['a'], ['b']]);
});

/** Simulates a host that dies whenever the bad session works on it, with all that work beside it. */
function survivorsOf(ids: string[], bad: string): { survivors: string[]; deaths: number } {
  const crashes = new CrashRecord();
  let living = sessionsOf(...ids);
  let working = ids;
  let deaths = 0;
  while (working.includes(bad)) {
    crashes.recordDeath(working, ++deaths);
    const { atOnce, groups, givenUp } = crashes.planRecovery(living, deaths);
    living = living.filter((session) => !givenUp.includes(session));
    working = [atOnce, ...groups].map(idsOf).find((group) => group.includes(bad)) ?? [];
  }
  return { survivors: idsOf(living), deaths };
}

test('a session that kills its host each time is given up after four deaths, and no other one is', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 60 }), fc.nat(), (ids, at) => {
      const bad = ids[at % ids.length] as string;
      const { survivors, deaths } = survivorsOf(ids, bad);
      assert.deepEqual([survivors, deaths], [ids.filter((id) => id !== bad), limits.reactivationsMax + 1]);
    }),
    { numRuns: 50 },
  );
});
