// Checks that the PostgreSQL server answers, and that what it calls committed survives a crash.
import { type CommonQueryMethods, type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { runOnConnection } from '../../actors/persistence/database-pool.ts';
import { limits } from '../../schema/limits.ts';

const Setting = v.object({ name: v.string(), setting: v.string() });

/** @returns a sentence for each setting that would lose what clients have seen */
export async function findUnsafeSettings(pool: DatabasePool): Promise<string[]> {
  const rows = await pool.any(sql.type(Setting)`
    SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off'`);
  return rows.map((row) => `PostgreSQL has ${row.name} off: a crash of its machine loses what clients have seen.`);
}

export async function isReachable(pool: DatabasePool): Promise<boolean> {
  const ask = (connection: CommonQueryMethods) => connection.exists(sql.unsafe`SELECT 1`);
  return runOnConnection(pool, limits.databaseProbeTimeoutMs, ask).catch(() => false);
}
