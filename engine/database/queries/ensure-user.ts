// Makes sure that a caller has a row in `users`, where the front end's table lets the engine add one.
import { sql } from 'slonik';
import { isDataFailure } from '../../../actors/persistence/database-pool.ts';
import type { WriteQueries } from '../bounded-queries.ts';

/** Whether the front end's table requires another column than the id. */
const needsMore = sql.unsafe`
  SELECT 1 FROM pg_attribute
  WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'id'
    AND attnotnull AND NOT atthasdef AND attidentity = ''`;

/**
 * @returns whether the user exists now; false where the table asks for more than an id and the front end
 * has not made the row
 */
export async function ensureUser(queries: Pick<WriteQueries, 'exists' | 'query'>, userId: string): Promise<boolean> {
  const exists = () => queries.exists(sql.unsafe`SELECT 1 FROM users WHERE id = ${userId}`);
  if (await exists()) return true;
  if (await queries.exists(needsMore)) return false; // A refused row would be an error in PostgreSQL's log.
  try {
    await queries.query(sql.unsafe`INSERT INTO users (id) VALUES (${userId}) ON CONFLICT DO NOTHING`);
    return true;
  } catch (error) {
    if (!isDataFailure(error)) throw error;
    return exists();
  }
}
