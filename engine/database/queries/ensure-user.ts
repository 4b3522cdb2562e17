// Makes sure that a caller has a row in `users`, where the front end's table allows us to add one.
import { sql } from 'slonik';
import { isDataFailure } from '../../../actors/persistence/database.ts';
import type { Reads } from '../reads.ts';

/**
 * @returns whether the user exists now; false where the table asks for more than an id and the front end
 * has not made the row
 */
export async function ensureUser(reads: Reads, userId: string): Promise<boolean> {
  const exists = () => reads.exists(sql.unsafe`SELECT 1 FROM users WHERE id = ${userId}`);
  if (await exists()) return true;
  try {
    await reads.query(sql.unsafe`INSERT INTO users (id) VALUES (${userId}) ON CONFLICT DO NOTHING`);
    return true;
  } catch (error) {
    if (!isDataFailure(error)) throw error;
    return exists();
  }
}
