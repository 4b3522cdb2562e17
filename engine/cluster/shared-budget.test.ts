// A budget over several engines: in the long run it holds as at one, wherever its user says what.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SharedBudget } from './shared-budget.ts';
import { UserSessions } from './user-sessions.ts';

const windowMs = 2_000;
const pointsMax = 100;
/** How long it takes until the others hear of what was let through. */
const tellMs = 100;
const secondsMax = 60;

function makeEngines(count: number) {
  const clock = { ms: 0 };
  const options = { pointsMax, windowMs, keysMax: 10, now: () => clock.ms };
  return { clock, engines: Array.from({ length: count }, () => new SharedBudget(options)) };
}

function tell(engines: readonly SharedBudget[]): void {
  const told = engines.map((engine) => engine.listUntold());
  for (const [at, takes] of told.entries())
    for (const other of engines) if (other !== engines[at]) for (const [key, points] of takes) other.note(key, points);
}

test('however much a user says at however many engines, in the long run no more is let through than at one', () => {
  const anyFloods = fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(anyFloods, (floods) => {
      const { clock, engines } = makeEngines(floods.length);
      let taken = 0;
      for (; clock.ms < secondsMax * 1_000; clock.ms += tellMs) {
        for (const [at, times] of floods.entries())
          for (let n = 0; n < times; n++) if (!engines[at]?.take('ada')) taken++;
        tell(engines);
      }
      const allowed = pointsMax + (secondsMax * 1_000 * pointsMax) / windowMs;
      assert.ok(taken <= allowed * 1.1, `${taken} of ${allowed}`);
      const asked = floods.reduce((sum, times) => sum + times, 0) * ((secondsMax * 1_000) / tellMs);
      assert.ok(taken >= Math.min(asked, allowed) * 0.9, `${taken} of ${allowed}, asked ${asked}`);
    }),
    { numRuns: 30 },
  );
});

test('who is refused is told when to go on, and may then; another user notices nothing', () => {
  const { clock, engines } = makeEngines(2);
  const [a, b] = engines as [SharedBudget, SharedBudget];
  for (let n = 0; n < pointsMax; n++) assert.equal(a.take('ada'), undefined);
  tell(engines);
  const refused = b.take('ada');
  assert.equal(refused?.by, 'key');
  assert.equal(b.take('eve'), undefined);
  clock.ms += refused?.retryAfterMs ?? 0;
  assert.equal(b.take('ada'), undefined);
});

test('no more users are counted than there is room for, and those who said nothing lately make room', () => {
  const { clock, engines } = makeEngines(1);
  const [budget] = engines as [SharedBudget];
  for (let n = 0; n < 10; n++) assert.equal(budget.take(`user-${n}`), undefined);
  assert.deepEqual(budget.take('one more'), { by: 'others', retryAfterMs: windowMs });
  clock.ms += windowMs;
  assert.equal(budget.take('one more'), undefined);
});

test('a stranger with ever new addresses does not have all others looked at with each', () => {
  let looks = 0;
  const now = () => looks++;
  const budget = new SharedBudget({ pointsMax, windowMs: 60_000_000, keysMax: 1_000, forgetsOldest: true, now });
  for (let n = 0; n < 2_000; n++) assert.equal(budget.take(`address-${n}`), undefined);
  assert.ok(looks < 20_000, `${looks} looks`);
});

test('sessions of a user at other engines are counted until they end, or their engine is gone', () => {
  const users = new UserSessions();
  users.receive('b', [['ada', 2]], 0);
  users.receive('c', [['ada', 3]], 0);
  assert.equal(users.count('ada'), 5);
  users.receive('b', [['ada', 1]], 10);
  for (let look = 0; look < 2; look++) users.keepBoots(new Set(['b']));
  assert.equal(users.count('ada'), 4, 'a beat may be late');
  users.keepBoots(new Set(['b', 'c']));
  for (let look = 0; look < 3; look++) users.keepBoots(new Set(['b']));
  assert.equal(users.count('ada'), 1);
  users.forgetOld(60_000);
  assert.deepEqual([users.count('ada'), users.count('eve')], [0, 0]);
});
