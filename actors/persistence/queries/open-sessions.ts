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
  await connection.query(sql.unsafe`
    INSERT INTO chat_sessions
      (id, user_id, agent_session_id, project_id, title, model_provider, is_active, created_at, updated_at)
    SELECT id, user_id, session_id, project_id, title, provider, is_active, to_timestamp(ms / 1000), to_timestamp(ms / 1000)
    FROM ${sql.unnest(
      opens.map(({ record, isActive }) => [
        record.chatId,
        record.userId,
        record.sessionId,
        record.settings.projectId,
        titleOf(record.settings.task),
        record.settings.provider,
        isActive,
        record.createdAtMs,
      ]),
      ['varchar', 'varchar', 'varchar', 'varchar', 'varchar', 'varchar', 'bool', 'float8'],
    )} AS t (id, user_id, session_id, project_id, title, provider, is_active, ms)
    ON CONFLICT (id) DO NOTHING`);
  const { rowCount } = await connection.query(sql.unsafe`
    INSERT INTO agent_sessions (id, chat_id, user_id, epoch, state, settings, sealed_secrets, created_at, run_id)
    SELECT id, chat_id, user_id, epoch, state, settings::jsonb, sealed_secrets, to_timestamp(ms / 1000), ${runId}::varchar
    FROM ${sql.unnest(
      opens.map(({ record, sealedSecrets }) => [
        record.sessionId,
        record.chatId,
        record.userId,
        record.epoch,
        record.state,
        JSON.stringify(record.settings),
        sealedSecrets,
        record.createdAtMs,
      ]),
      ['varchar', 'varchar', 'varchar', 'int4', 'varchar', 'text', 'text', 'float8'],
    )} AS t (id, chat_id, user_id, epoch, state, settings, sealed_secrets, ms)
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

/** The task on one line, as wide as the column. */
const titleOf = (task: string) => cutText(task.replace(/\s+/g, ' ').trim(), limits.titleCharsMax);
