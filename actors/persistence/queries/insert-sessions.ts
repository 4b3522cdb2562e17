// Inserts new sessions, as part of a statement: the chat that people see, and the record that activation reads.
import { type FragmentSqlToken, sql } from 'slonik';
import { limits } from '../../../schema/limits.ts';
import { cutText } from '../../../schema/rules/text.ts';
import type { OpenWrite } from '../../../schema/thread.ts';

/**
 * @param runId the start of the engine that owns them; null for none
 * @returns among others `opened (id, chat_id, epoch, user_id)`: those that were made
 */
export const insertSessions = (
  opens: readonly OpenWrite[],
  runId: string | null,
  onConflict: FragmentSqlToken,
): FragmentSqlToken => sql.fragment`
  opening AS (
    SELECT *, to_timestamp(ms / 1000) AS created_at
    FROM json_to_recordset(${JSON.stringify(opens.map(openRowOf))}::json) AS t (
      id varchar, chat_id varchar, user_id varchar, project_id varchar, title varchar, provider varchar,
      is_active bool, epoch int4, state varchar, settings jsonb, sealed_secrets text, ms float8, waits_ms float8)
  ), chats AS (
    INSERT INTO chat_sessions
      (id, user_id, agent_session_id, project_id, title, model_provider, is_active, created_at, updated_at)
    SELECT chat_id, user_id, id, project_id, title, provider, is_active, created_at, created_at FROM opening
    ${onConflict}
  ), opened AS (
    INSERT INTO lucid_engine.agent_sessions (id, chat_id, user_id, epoch, state, settings, sealed_secrets, created_at, run_id, waits_until)
    SELECT id, chat_id, user_id, epoch, state, settings, sealed_secrets, created_at, ${runId}::varchar,
      to_timestamp(waits_ms / 1000)
    FROM opening
    ${onConflict}
    RETURNING id, chat_id, epoch, user_id
  )`;

const openRowOf = ({ record, isActive, sealedSecrets, waitsUntilMs }: OpenWrite) => ({
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
  waits_ms: waitsUntilMs,
});

/** The task on one line, as wide as the column. */
export const titleOf = (task: string) => cutText(task.replace(/\s+/g, ' ').trim(), limits.titleCharsMax);
