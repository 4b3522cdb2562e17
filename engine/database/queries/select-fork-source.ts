// What a fork begins with: the settings of a user's chat, and how much of it there is to copy.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { SessionSettings } from '../../../schema/session.ts';

const Source = v.object({
  title: v.string(),
  /** Null for a chat of the reference, whose sessions have no record. */
  settings: v.nullable(v.custom<SessionSettings>((value) => typeof value === 'object')),
});

export const selectForkSource = (userId: string, chatId: string) => sql.type(Source)`
  SELECT title, settings FROM chat_sessions c LEFT JOIN lucid_engine.agent_sessions s ON s.chat_id = c.id
  WHERE c.id = ${chatId} AND c.user_id = ${userId}
  ORDER BY s.created_at DESC LIMIT 1`;

const Measure = v.object({ events: v.number(), bytes: v.number() });

export const measureChat = (chatId: string, until: number) => sql.type(Measure)`
  SELECT count(*)::int AS events,
    coalesce(sum(octet_length(content) + coalesce(octet_length(metadata_json), 0)), 0)::float8 AS bytes
  FROM lucid_engine.chat_messages WHERE session_id = ${chatId} AND sequence <= ${until}`;
