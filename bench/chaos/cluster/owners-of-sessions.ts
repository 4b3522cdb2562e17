// Which engine has each session, as PostgreSQL says.
import { sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../../actors/persistence/database-pool.ts';

const Owned = v.object({ sessionId: v.string(), node: v.nullable(v.string()) });
const Boot = v.object({ bootId: v.string() });
const statementTimeoutMs = 60_000;

async function query<T>(
  databaseUrl: string,
  work: (pool: Awaited<ReturnType<typeof openPool>>) => Promise<T>,
): Promise<T> {
  const pool = await openPool(databaseUrl, { connectionsMax: 1, statementTimeoutMs, onError: () => undefined });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** @returns the name of each session's engine */
export const readOwners = (databaseUrl: string, sessionIds: readonly string[]): Promise<Map<string, string | null>> =>
  query(databaseUrl, async (pool) => {
    const rows = await pool.any(sql.type(Owned)`
      SELECT s.id AS "sessionId", r.node FROM lucid_engine.agent_sessions s
      JOIN lucid_engine.engine_runs r ON r.id = s.run_id
      WHERE s.id = ANY(${sql.array(sessionIds, 'varchar')})`);
    return new Map(rows.map(({ sessionId, node }) => [sessionId, node]));
  });

/** @returns the addresses of the engines on the bus */
export const readBootIds = (databaseUrl: string): Promise<string[]> =>
  query(databaseUrl, async (pool) => {
    const rows = await pool.any(sql.type(Boot)`
      SELECT boot_id AS "bootId" FROM lucid_engine.engine_runs WHERE boot_id IS NOT NULL`);
    return rows.map(({ bootId }) => bootId);
  });
