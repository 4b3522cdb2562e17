// Makes a fork in one statement: its chat, its session, at rest and of no run, and a copy of the other chat's events.
import { type FragmentSqlToken, sql } from 'slonik';
import * as v from 'valibot';
import { titleOf } from '../../../actors/persistence/queries/insert-sessions.ts';
import type { ForkPoint } from '../../../actors/session/fork-point.ts';
import type { SessionIdentity, SessionSettings } from '../../../schema/session.ts';

export type NewFork = {
  identity: SessionIdentity;
  /** The chat that is copied. */
  sourceId: string;
  title: string;
  settings: SessionSettings;
  point: ForkPoint;
};

const Copied = v.object({ copied: v.number() });

const forkedSentence = 'The session was forked here.';

/**
 * Copies keep their sequences, by which events refer to each other, their commands' ids and times. What turns have used is left out
 * of their ends, so that nobody counts it twice. Every copy has the fork's first epoch.
 * @returns how many events were copied; none where the user's chat is gone
 */
export const insertFork = ({ identity, sourceId, title, settings, point }: NewFork) => {
  const { sessionId, chatId, userId } = identity;
  return sql.type(Copied)`
    WITH source AS (SELECT id FROM chat_sessions WHERE id = ${sourceId} AND user_id = ${userId}),
    chat AS (
      INSERT INTO chat_sessions
        (id, user_id, agent_session_id, project_id, title, model_provider, is_active, created_at, updated_at)
      SELECT ${chatId}, ${userId}, ${sessionId}, ${settings.projectId}, ${titleOf(title)}, ${settings.provider}, false, now(), now()
      FROM source
    ), session AS (
      INSERT INTO lucid_engine.agent_sessions (id, chat_id, user_id, epoch, state, settings, created_at)
      SELECT ${sessionId}, ${chatId}, ${userId}, 1, 'live', ${JSON.stringify(settings)}::jsonb, now() FROM source
    ), files AS (
      INSERT INTO lucid_engine.session_files (session_id, digest, bytes)
      SELECT ${sessionId}, f.digest, f.bytes FROM lucid_engine.session_files f
      JOIN lucid_engine.agent_sessions s ON s.id = f.session_id
      WHERE s.chat_id = ${sourceId} AND EXISTS (SELECT 1 FROM source)
      ON CONFLICT DO NOTHING
    ), copied AS (
      INSERT INTO lucid_engine.chat_messages
        (id, session_id, role, content, event_type, metadata_json, created_at, sequence, epoch, command_id)
      SELECT ${chatId} || '-' || sequence, ${chatId}, role, content, event_type,
        CASE WHEN event_type = 'Status' THEN (metadata_json::jsonb - 'usage')::text ELSE metadata_json END,
        created_at, sequence, 1, command_id
      FROM lucid_engine.chat_messages
      WHERE session_id = ${sourceId} AND sequence <= ${point.through} AND EXISTS (SELECT 1 FROM source)
      ${point.openTurn ? endOfTurn(chatId, point.through, point.openTurn) : sql.fragment``}
      RETURNING sequence
    )
    SELECT count(*)::int AS copied FROM copied WHERE sequence <= ${point.through}`;
};

/** The fork rests: the agent has read all that was said, and begins when something new is. */
const endOfTurn = (
  chatId: string,
  through: number,
  { end, readThrough }: NonNullable<ForkPoint['openTurn']>,
): FragmentSqlToken => {
  const metadata = JSON.stringify({ status: 'completed', reason: end, readThrough });
  return sql.fragment`
    UNION ALL
    SELECT ${chatId} || '-' || ${through + 1}::int, ${chatId}, 'system', ${forkedSentence}, 'Status', ${metadata}, now(),
      ${through + 1}::int, 1, NULL
    FROM source`;
};
