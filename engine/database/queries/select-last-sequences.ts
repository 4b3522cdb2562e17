// The last sequence of each of several chats; 0 where nothing is stored.
import { sql } from 'slonik';
import * as v from 'valibot';

const Last = v.object({ chatId: v.string(), lastSequence: v.number() });

export const selectLastSequences = (chatIds: readonly string[]) => sql.type(Last)`
  SELECT chat.id AS "chatId", coalesce(
    (SELECT max(sequence) FROM lucid_engine.chat_messages WHERE session_id = chat.id), 0) AS "lastSequence"
  FROM unnest(${sql.array([...chatIds], 'varchar')}) AS chat (id)`;
