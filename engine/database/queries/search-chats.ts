// A page of a user's chats that have all of some words in title and messages, newest first: PostgreSQL's full-text search without a language.
import { type FragmentSqlToken, sql } from 'slonik';
import * as v from 'valibot';
import { Chat, chatColumns } from './chat-columns.ts';
import type { ChatsPage } from './select-chats.ts';

const FoundChat = v.object({
  ...Chat.entries,
  /** The sequence of the last message that has one of the words; null where only the title has any. */
  sequence: v.nullable(v.number()),
  snippet: v.nullable(v.string()),
});
export type FoundChat = v.InferOutput<typeof FoundChat>;

/** The options of a snippet: some words around those that were found, as plain text. */
const headlineOptions = 'StartSel="", StopSel="", MaxWords=24, MinWords=8';

/** Stands for `<`, since PostgreSQL leaves tags out of snippets: a character that no text has. */
const stand = '\uFDD0';

/** The condition of the index, which leaves out what commands print. */
const isSaid = sql.fragment`event_type IN ('InitialTask', 'UserMessage', 'MessageAction', 'AgentFinishAction')`;

/**
 * Each word is looked up in the index by itself, and before anything else: left to choose, PostgreSQL may walk through all
 * messages of a chat instead, which takes half a minute for 200,000 of them.
 * @param words letters and digits only; where there are none, no chat has them
 */
export function searchChats(userId: string, words: readonly string[], { limit, offset }: ChatsPage) {
  const lookups = words.map((word, at) => ({ name: sql.identifier([`said_${at}`]), query: queryOf(word) }));
  const said = lookups.map(
    ({ name, query }) => sql.fragment`
      ${name} AS MATERIALIZED (
        SELECT session_id, max(sequence) AS sequence FROM lucid_engine.chat_messages
        WHERE ${isSaid} AND lucid_engine.words_of(content) @@ ${query} GROUP BY session_id)`,
  );
  const isFound = lookups.map(
    ({ name, query }) => sql.fragment`
      (lucid_engine.words_of(title) @@ ${query} OR id IN (SELECT session_id FROM ${name}))`,
  );
  const sequences = lookups.map(({ name }) => sql.fragment`(SELECT sequence FROM ${name} WHERE session_id = page.id)`);
  return sql.type(FoundChat)`
    WITH ${sql.join(
      [
        ...said,
        sql.fragment`
      page AS MATERIALIZED (
        SELECT ${chatColumns} FROM chat_sessions
        WHERE user_id = ${userId} AND ${sql.join([sql.fragment`${words.length} > 0`, ...isFound], sql.fragment` AND `)}
        ORDER BY updated_at DESC, id DESC
        LIMIT ${limit} OFFSET ${offset}
      )`,
      ],
      sql.fragment`, `,
    )}
    SELECT page.*, message.sequence,
      translate(
        ts_headline('simple', translate(left(message.content, 20000), '<', ${stand}), ${queryOf(...words)}, ${headlineOptions}),
        ${stand}, '<') AS snippet
    FROM page
    LEFT JOIN lucid_engine.chat_messages message
      ON message.session_id = page.id AND message.sequence = greatest(${sql.join([sql.fragment`NULL::int`, ...sequences], sql.fragment`, `)})
    ORDER BY page."updatedAtMs" DESC, page.id DESC`;
}

/** Any of the words, each as it is or begun. */
const queryOf = (...words: string[]): FragmentSqlToken =>
  sql.fragment`to_tsquery('simple', ${words.map((word) => `'${word}':*`).join(' | ')})`;
