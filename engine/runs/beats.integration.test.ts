// An engine that is asked for more than PostgreSQL answers shows that it lives all the same: others would take its sessions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool, sql } from 'slonik';
import { countWaiting, createTestDatabase } from '../testing/database.ts';
import { startTestEngine } from '../testing/engine.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const connectionsMax = 10;

test('an engine beats while what its clients ask holds all connections', async (t) => {
  const database = await createTestDatabase();
  const engine = await startTestEngine({ databaseUrl: database.url });
  const pool = await createPool(database.url);
  const asking: Promise<unknown>[] = [];
  t.after(async () => {
    await Promise.all(asking);
    await pool.end();
    await engine.close();
    await database.drop();
  });
  const ask = () => callAs(engine, 'ada', 'GET', '/api/v1/chats');
  await ask();
  await pool.transaction(async (transaction) => {
    await transaction.query(sql.unsafe`LOCK TABLE chat_sessions IN ACCESS EXCLUSIVE MODE`);
    asking.push(...Array.from({ length: 2 * connectionsMax }, ask));
    await waitUntil(async () => (await countWaiting(transaction)) >= connectionsMax);
    const findBeat = async () =>
      String(await transaction.oneFirst(sql.unsafe`SELECT max(beat_at)::text FROM lucid_engine.engine_runs`));
    const before = await findBeat();
    await waitUntil(async () => (await findBeat()) !== before);
    assert.ok((await countWaiting(transaction)) >= connectionsMax, 'nobody else is answered');
  });
});
