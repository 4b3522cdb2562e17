// A test gets an empty database of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool, sql } from 'slonik';
import { createTestDatabase } from './database.ts';

test('a test gets an empty database, apart from all others', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const pools = await Promise.all([createPool(one.url), createPool(other.url)]);
  await pools[0].query(sql.unsafe`CREATE TABLE only_here (id int)`);
  const tables = sql.unsafe`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`;
  assert.deepEqual(await pools[0].any(tables), [{ tablename: 'only_here' }]);
  assert.deepEqual(await pools[1].any(tables), []);
  await Promise.all(pools.map((pool) => pool.end()));
  await Promise.all([one.drop(), other.drop()]);
});

test('a test may drop its database while something is connected to it', async () => {
  const database = await createTestDatabase();
  const pool = await createPool(database.url);
  pool.on('error', () => undefined);
  await pool.query(sql.unsafe`SELECT 1`);
  await database.drop();
  await assert.rejects(pool.query(sql.unsafe`SELECT 1`));
  await pool.end();
});
