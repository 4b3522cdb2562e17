// What agents cost is counted with their events: once, by user and day, and not under an owner that a session no longer has.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'slonik';
import * as v from 'valibot';
import { TestStore } from '../../engine/testing/store.ts';
import type { Write } from '../../schema/thread.ts';
import type { SessionWrites } from '../testing/session-writes.ts';
import { activateSession } from './queries/activate-session.ts';
import { selectSpending } from './queries/count-spending.ts';

let stored: TestStore;

before(async () => {
  stored = await TestStore.open();
});

after(() => stored?.close());

const Spending = v.object({ user_id: v.string(), day: v.string(), cents: v.number() });
const listSpendingOf = async (...userIds: string[]) =>
  stored.pool.any(sql.type(Spending)`
    SELECT user_id, to_char(day, 'YYYY-MM-DD') AS day, round(cost_usd * 100)::int AS cents FROM lucid_engine.spending
    WHERE user_id = ANY(${sql.array(userIds, 'varchar')}) ORDER BY user_id, day`);

test('what events cost is counted by user and day, once however often they are written', async () => {
  const [ada, eve, own] = [stored.makeSession(), stored.makeSession(), stored.makeSession()];
  const [userA, userB] = [`a-${ada.sessionId}`, `b-${eve.sessionId}`];
  const paid = (writes: SessionWrites, userId: string | null, usd: number, createdAtMs = 1_771_324_200_123) => ({
    ...writes.eventWrite({ createdAtMs }),
    spent: { usd, userId },
  });
  const batch: Write[] = [
    ...[ada, eve, own].map((writes) => writes.openWrite()),
    paid(ada, userA, 0.02),
    paid(ada, userA, 0.03),
    paid(ada, userA, 0.5, 1_771_324_200_123 + 86_400_000),
    paid(eve, userB, 0.07),
    paid(own, null, 9),
  ];
  const expected = [
    { user_id: userA, day: '2026-02-17', cents: 5 },
    { user_id: userA, day: '2026-02-18', cents: 50 },
    { user_id: userB, day: '2026-02-17', cents: 7 },
  ];
  await stored.store(...batch);
  assert.deepEqual(await listSpendingOf(userA, userB), expected);
  await stored.store(...batch);
  assert.deepEqual(await listSpendingOf(userA, userB), expected);
  const day = await stored.pool.one(selectSpending('2026-02-17', userA));
  assert.deepEqual([day.userUsd.toFixed(2), day.engineUsd.toFixed(2)], ['0.05', '0.12']);
  const more = paid(eve, userB, 0.01);
  await stored.store(batch[6] as Write, more); // The first of them is there already.
  assert.equal((await listSpendingOf(userB))[0]?.cents, 8);
  await activateSession(stored.pool, eve.sessionId);
  await stored.store(paid(eve, userB, 1)); // Another owner has the session.
  assert.equal((await listSpendingOf(userB))[0]?.cents, 8);
});
