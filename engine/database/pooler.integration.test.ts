// An engine behind pgbouncer in transaction mode, where any two statements may run on different connections.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'slonik';
import * as v from 'valibot';
import { openPool, runInTransaction } from '../../actors/persistence/database-pool.ts';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { TestClient } from '../testing/client.ts';
import { createTestDatabase } from '../testing/database.ts';
import { signTestToken, startTestEngine } from '../testing/engine.ts';
import { Pgbouncer, pgbouncerProblem } from '../testing/pgbouncer.ts';
import { troubleOf } from './database-trouble.ts';
import { settleUrl } from './settle-url.ts';

if (pgbouncerProblem !== undefined && process.env.REQUIRE_PGBOUNCER === '1')
  throw new Error(`REQUIRE_PGBOUNCER is 1, but ${pgbouncerProblem}.`);

/** `test` with an empty database; where pgbouncer isn't installed it only notes what is left out. */
function poolerTest(name: string, act: (pooler: Pgbouncer) => Promise<void>): void {
  if (pgbouncerProblem !== undefined) return void leaveOut(name, pgbouncerProblem);
  void test(name, async () => {
    const database = await createTestDatabase();
    const pooler = await Pgbouncer.start(database.url);
    try {
      await act(pooler);
    } finally {
      await pooler.stop();
      await database.drop();
    }
  });
}

const connect = (url: string) =>
  openPool(url, { connectionsMax: 2, statementTimeoutMs: 4_321, onError: () => undefined });

async function whole(databaseUrl: string): Promise<void> {
  const engine = await startTestEngine({ databaseUrl });
  try {
    const users = ['ada', 'bob', 'cleo', 'dan', 'eve'];
    const clients = await Promise.all(
      users.map(async (user) => TestClient.start(engine.ws, await signTestToken(user), 'Write hello world')),
    );
    for (const client of clients) {
      const last = await client.waitForStatus('completed');
      assert.deepEqual(
        client.events.map(({ sequence }) => sequence).slice(0, last.sequence),
        Array.from({ length: last.sequence as number }, (_, at) => at + 1),
      );
      client.send({ type: 'stop' });
      await client.closed;
    }
  } finally {
    await engine.close();
  }
}

poolerTest('an engine migrates, works and ends behind a pooler of transactions', async (pooler) => {
  await whole(pooler.url);
  await whole(pooler.url);
});

poolerTest('an engine works behind a pooler that it reaches by the folder of a Unix socket', (pooler) =>
  whole(pooler.socketUrl),
);

poolerTest(
  'behind a pooler a transaction has the time limits of a direct connection, and leaves none behind',
  async (pooler) => {
    const pool = await connect(await settleUrl(pooler.url));
    const Row = v.object({ bounds: v.string() });
    const bounds = sql.type(Row)`
    SELECT current_setting('statement_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout') AS bounds`;
    assert.equal(await runInTransaction(pool, pool, (transaction) => transaction.oneFirst(bounds)), '4321ms 5s');
    assert.equal(await pool.oneFirst(bounds), '0 0');
    await pool.end();
  },
);

poolerTest('a parameter that a pooler can’t pass on is refused with a sentence', async (pooler) => {
  const url = `${pooler.url}?options=-c%20search_path%3Dapp`;
  const error = await settleUrl(url).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.partialDeepStrictEqual(troubleOf(error, url), { isFinal: true });
  assert.match(troubleOf(error, url)?.sentence ?? '', /DATABASE_URL.*options/);
});
