// Stores new sessions: the chat that people see, and the record by which the session can be activated again.
import { type CommonQueryMethods, sql } from 'slonik';
import * as v from 'valibot';
import { limits } from '../../../schema/limits.ts';
import { cutText } from '../../../schema/text.ts';
import type { OpenWrite } from '../../../schema/thread.ts';

const Owner = v.object({ id: v.string(), chat_id: v.string() });

/**
 * Doing it twice is doing it once: a COMMIT whose reply was lost is simply tried again.
 * @param runId the start of the engine that owns them; null for none
 * @returns those that came too late: their session had been made before, with another chat, by an earlier attempt of
 * the same request
 */
export async function openSessions(
  connection: CommonQueryMethods,
  opens: OpenWrite[],
  runId: string | null,
): Promise<OpenWrite[]> {
  const { rowCount } = await connection.query(sql.unsafe`
    WITH opened AS (
      SELECT *, to_timestamp(ms / 1000) AS created_at
      FROM json_to_recordset(${JSON.stringify(opens.map(rowOf))}::json) AS t (
        id varchar, chat_id varchar, user_id varchar, project_id varchar, title varchar, provider varchar,
        is_active bool, epoch int4, state varchar, settings jsonb, sealed_secrets text, ms float8)
    ), chats AS (
      INSERT INTO chat_sessions
        (id, user_id, agent_session_id, project_id, title, model_provider, is_active, created_at, updated_at)
      SELECT chat_id, user_id, id, project_id, title, provider, is_active, created_at, created_at FROM opened
      ON CONFLICT (id) DO NOTHING
    )
    INSERT INTO agent_sessions (id, chat_id, user_id, epoch, state, settings, sealed_secrets, created_at, run_id)
    SELECT id, chat_id, user_id, epoch, state, settings, sealed_secrets, created_at, ${runId}::varchar FROM opened
    ON CONFLICT (id) DO NOTHING`);
  return rowCount < opens.length ? tooLate(connection, opens) : [];
}

async function tooLate(connection: CommonQueryMethods, opens: OpenWrite[]): Promise<OpenWrite[]> {
  const sessionIds = opens.map(({ sessionId }) => sessionId);
  const made = await connection.any(
    sql.type(Owner)`SELECT id, chat_id FROM agent_sessions WHERE id = ANY(${sql.array(sessionIds, 'varchar')})`,
  );
  const chatOf = new Map(made.map((row) => [row.id, row.chat_id]));
  const late = opens.filter(({ sessionId, record }) => chatOf.get(sessionId) !== record.chatId);
  const chatIds = late.map(({ record }) => record.chatId);
  await connection.query(sql.unsafe`DELETE FROM chat_sessions WHERE id = ANY(${sql.array(chatIds, 'varchar')})`);
  return late;
}

const rowOf = ({ record, isActive, sealedSecrets }: OpenWrite) => ({
  id: record.sessionId,
  chat_id: record.chatId,
  user_id: record.userId,
  project_id: record.settings.projectId,
  title: titleOf(record.settings.task),
  provider: record.settings.provider,
  is_active: isActive,
  epoch: record.epoch,
  state: record.state,
  settings: record.settings,
  sealed_secrets: sealedSecrets,
  ms: record.createdAtMs,
});

/** The task on one line, as wide as the column. */
const titleOf = (task: string) => cutText(task.replace(/\s+/g, ' ').trim(), limits.titleCharsMax);
