// Stores whether clients are there and what state a restart finds, fenced by epoch.
import { type CommonQueryMethods, sql } from 'slonik';
import type { UpdateWrite } from '../../../schema/thread.ts';

/** @param updates in order; of several for one session the last one counts */
export async function updateSessions(connection: CommonQueryMethods, updates: UpdateWrite[]): Promise<void> {
  const last = new Map(updates.map((update) => [update.sessionId, update]));
  const rows = [...last.values()].map(({ sessionId, chatId, epoch, state, isActive }) => [
    sessionId,
    chatId,
    epoch,
    state,
    isActive,
  ]);
  await connection.query(sql.unsafe`
    WITH changed AS (
      UPDATE agent_sessions s SET state = t.state
      FROM ${sql.unnest(rows, ['varchar', 'varchar', 'int4', 'varchar', 'bool'])}
        AS t (session_id, chat_id, epoch, state, is_active)
      WHERE s.id = t.session_id AND s.chat_id = t.chat_id AND s.epoch = t.epoch
      RETURNING s.chat_id, t.is_active
    )
    UPDATE chat_sessions c SET is_active = changed.is_active
    FROM changed WHERE c.id = changed.chat_id AND c.is_active <> changed.is_active`);
}
