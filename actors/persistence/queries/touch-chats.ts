// Moves chats' `updated_at` to their newest message.
import { type CommonQueryMethods, sql } from 'slonik';

/** @param newestMs the time of the newest message, by chat id, in milliseconds */
export async function touchChats(connection: CommonQueryMethods, newestMs: ReadonlyMap<string, number>): Promise<void> {
  await connection.query(sql.unsafe`
    UPDATE chat_sessions c SET updated_at = to_timestamp(t.ms / 1000)
    FROM ${sql.unnest([...newestMs], ['varchar', 'float8'])} AS t (id, ms)
    WHERE c.id = t.id AND c.updated_at < to_timestamp(t.ms / 1000)`);
}
