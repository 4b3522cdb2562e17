// What turns have used, by user and day, from the rows of those that ended.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DatabasePool } from 'slonik';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { storeBatch } from '../../actors/persistence/store-batch.ts';
import { SessionWrites } from '../../actors/testing/session-writes.ts';
import { status as statusEvent } from '../../actors/testing/stored-events.ts';
import type { Usage } from '../../schema/event.ts';
import { DirectWrites } from '../database/direct-writes.ts';
import { startTestEngine, type TestEngine } from '../testing/engine.ts';

const adminKey = 'an admin key for tests';

let engine: TestEngine;
let pool: DatabasePool;
before(async () => {
  engine = await startTestEngine({ environment: { ADMIN_KEY: adminKey } });
  pool = await openPool(engine.databaseUrl, {
    connectionsMax: 2,
    statementTimeoutMs: 20_000,
    onError: () => undefined,
  });
  for (const [user, turns] of Object.entries(turnsOf)) await storeTurns(user, turns);
});
after(async () => {
  await pool?.end();
  await engine?.close();
});

type Turn = { at: string; costUsd?: number; outputTokens: number; isCut?: true };

const turnsOf: Record<string, Turn[]> = {
  ada: [
    { at: '2026-02-01T00:00:00.000Z', costUsd: 1, outputTokens: 10 },
    { at: '2026-02-01T23:59:59.999Z', costUsd: 2, outputTokens: 20 },
    { at: '2026-02-02T00:00:00.000Z', costUsd: 4, outputTokens: 40 },
  ],
  ben: [{ at: '2026-02-02T12:00:00.000Z', costUsd: 8, outputTokens: 80 }],
  cara: [{ at: '2026-02-02T12:00:00.000Z', outputTokens: 160 }],
  eve: [
    { at: '2026-02-04T12:00:00.000Z', costUsd: 1, outputTokens: 10 },
    { at: '2026-02-04T13:00:00.000Z', costUsd: 2, outputTokens: 20, isCut: true },
  ],
  "dan'); --": [{ at: '2026-02-03T12:00:00.000Z', costUsd: 0.5, outputTokens: 5 }],
};

async function storeTurns(user: string, turns: readonly Turn[]): Promise<void> {
  await new DirectWrites(pool).ensureUser(user);
  const session = new SessionWrites(`of-${user}`);
  const endOf = ({ at, isCut, ...used }: Turn) => {
    const usage: Usage = {
      inputTokens: 100,
      cachedTokens: 0,
      cacheWriteTokens: 0,
      steps: 1,
      durationMs: 1_000,
      ...used,
    };
    const finished = { reason: 'finished', readThrough: 1, usage } as const;
    const end = isCut ? statusEvent('stopped', { usage }) : statusEvent('completed', finished);
    return session.eventWrite({ ...end, createdAtMs: Date.parse(at) });
  };
  // An event that only looks like the end of a turn.
  const said = session.eventWrite({
    eventType: 'MessageAction',
    content: '"status":"completed"',
    createdAtMs: Date.parse('2026-02-02'),
  });
  const writes = [session.openWrite(user), said, ...turns.map(endOf)];
  await storeBatch(
    pool,
    writes.map((write) => ({ host: 0, write })),
    new Map(),
  );
}

type Day = { day: string; userId: string | null; turns: number; outputTokens: number; costUsd?: number };

async function ask(path: string) {
  const answer = await fetch(`${engine.http}/api/v1/admin${path}`, { headers: { 'X-Admin-Key': adminKey } });
  return { status: answer.status, body: await answer.json() };
}

async function costs(query: string): Promise<[string, string | null, number, number, number | undefined][]> {
  const { status, body } = await ask(`/costs?${query}`);
  assert.equal(status, 200);
  return (body as { days: Day[] }).days.map(({ day, userId, turns, outputTokens, costUsd }) => [
    day,
    userId,
    turns,
    outputTokens,
    costUsd,
  ]);
}

test('each day has what each user’s turns used that ended on it, both ends of the range included', async () => {
  assert.deepEqual(await costs('from=2026-02-01&to=2026-02-02'), [
    ['2026-02-01', 'ada', 2, 30, 3],
    ['2026-02-02', 'ada', 1, 40, 4],
    ['2026-02-02', 'ben', 1, 80, 8],
    ['2026-02-02', 'cara', 1, 160, undefined],
  ]);
  assert.deepEqual(
    await costs('from=2026-02-02&to=2026-02-02'),
    (await costs('from=2026-02-01&to=2026-02-02')).slice(1),
  );
  assert.deepEqual(await costs('from=2026-02-03&to=2026-02-03'), [['2026-02-03', "dan'); --", 1, 5, 0.5]]);
  assert.deepEqual(await costs('from=2025-02-01&to=2025-02-02'), []);
});

test('a session that was stopped within a turn counts with what that had used', async () => {
  assert.deepEqual(await costs('from=2026-02-04&to=2026-02-04'), [['2026-02-04', 'eve', 2, 30, 3]]);
});

test('the users who cost most are named, and all others are one together', async () => {
  assert.deepEqual(await costs('from=2026-02-01&to=2026-02-03&users=1'), [
    ['2026-02-01', null, 2, 30, 3],
    ['2026-02-02', 'ben', 1, 80, 8],
    ['2026-02-02', null, 2, 200, 4],
    ['2026-02-03', null, 1, 5, 0.5],
  ]);
});

test('a request that names no days gets the month until today', async () => {
  const { from, to } = (await ask('/costs')).body as { from: string; to: string };
  assert.equal(to, new Date().toISOString().slice(0, 10));
  assert.equal((Date.parse(to) - Date.parse(from)) / 86_400_000, 29);
});

test('a user’s list entry sums up what all turns have used', async () => {
  const { users } = (await ask('/users?limit=1')).body as { users: { userId: string; usage: object }[] };
  assert.partialDeepStrictEqual(users[0], {
    userId: 'ada',
    sessions: 1,
    usage: { turns: 3, inputTokens: 300, outputTokens: 70, steps: 3, durationMs: 3_000, costUsd: 7 },
  });
});
