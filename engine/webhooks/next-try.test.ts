// When a failed delivery is tried again: soon at first, within an hour always, and for a day.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import { chooseNextTry } from './next-try.ts';

test('tries go on for a day and end exactly then, however long each takes', () => {
  const property = fc.property(
    fc.array(fc.record({ random: fc.double({ min: 0, max: 1, noNaN: true }), tookMs: fc.nat(10_000) }), {
      minLength: 100,
    }),
    (runs) => {
      let [nowMs, attempts] = [0, 0];
      for (const { random, tookMs } of [...runs, ...runs]) {
        attempts++;
        const failedAtMs = nowMs + tookMs;
        const nextMs = chooseNextTry({ attempts, firstTriedAtMs: 0, nowMs: failedAtMs, random });
        if (nextMs === undefined) {
          assert.ok(failedAtMs >= limits.webhookPatienceMs && nowMs <= limits.webhookPatienceMs);
          return;
        }
        assert.ok(nextMs > failedAtMs && nextMs - failedAtMs <= 3_600_000 && nextMs <= limits.webhookPatienceMs);
        nowMs = nextMs;
      }
      assert.fail('It is tried for ever.');
    },
  );
  void fc.assert(property);
});

test('the first tries come within seconds, for a receiver that was only restarted', () => {
  const pauses = [1, 2, 3].map((attempts) => chooseNextTry({ attempts, firstTriedAtMs: 0, nowMs: 0, random: 0 }));
  assert.deepEqual(pauses, [5_000, 15_000, 45_000]);
});
