// A page of a user's chats that have all of some words, newest first: PostgreSQL's full-text search without a language.
import { type FragmentSqlToken, sql } from 'slonik';
import * as v from 'valibot';
import { Chat, chatColumns } from './chat-columns.ts';
import type { ChatsPage } from './select-chats.ts';

const FoundChat = v.object({
  ...Chat.entries,
  /** The sequence of the last message that has the words; null where only the title has them. */
  sequence: v.nullable(v.number()),
  snippet: v.nullable(v.string()),
});
export type FoundChat = v.InferOutput<typeof FoundChat>;

/** The options of a snippet: some words around those that were found, as plain text. */
const headlineOptions = 'StartSel="", StopSel="", MaxWords=24, MinWords=8';

/** The condition of the index, which leaves out what commands print. */
const isSaid = sql.fragment`event_type IN ('InitialTask', 'UserMessage', 'MessageAction', 'AgentFinishAction')`;

/** @param words letters and digits only; where there are none, no chat has them */
export function searchChats(userId: string, words: readonly string[], { limit, offset }: ChatsPage) {
  const each = words.map((word) => queryOf([word], ' & '));
  const [any, all] = [queryOf(words, ' | '), queryOf(words, ' & ')];
  return sql.type(FoundChat)`
    WITH page AS (
      SELECT ${chatColumns} FROM chat_sessions
      WHERE user_id = ${userId} AND ${each.length === 0 ? sql.fragment`false` : sql.join(each.map(hasWord), sql.fragment` AND `)}
      ORDER BY updated_at DESC, id DESC
      LIMIT ${limit} OFFSET ${offset}
    )
    SELECT page.*, said.sequence, said.snippet FROM page
    LEFT JOIN LATERAL (
      SELECT sequence, ts_headline('simple', left(content, 20000), ${any}, ${headlineOptions}) AS snippet
      FROM lucid_engine.chat_messages
      WHERE session_id = page.id AND ${isSaid} AND lucid_engine.words_of(content) @@ ${any}
      ORDER BY (lucid_engine.words_of(content) @@ ${all}) DESC, sequence DESC LIMIT 1
    ) said ON true
    ORDER BY page."updatedAtMs" DESC, page.id DESC`;
}

/** Whether the word is in the chat's title, or in what was said. */
const hasWord = (word: FragmentSqlToken) => sql.fragment`(
  lucid_engine.words_of(title) @@ ${word}
  OR id IN (
    SELECT session_id FROM lucid_engine.chat_messages
    WHERE ${isSaid} AND lucid_engine.words_of(content) @@ ${word}))`;

/** Each word as it is or begun. */
const queryOf = (words: readonly string[], operator: ' & ' | ' | '): FragmentSqlToken =>
  sql.fragment`to_tsquery('simple', ${words.map((word) => `'${word}':*`).join(operator)})`;
