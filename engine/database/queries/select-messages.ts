// A page of a chat's messages, oldest first.
import { sql } from 'slonik';
import { Message, messageColumns } from './chat-columns.ts';

type Page = { limit: number; afterSequence: number; withSystem: boolean };

export const selectMessages = (chatId: string, { limit, afterSequence, withSystem }: Page) => sql.type(Message)`
  SELECT ${messageColumns} FROM lucid_engine.chat_messages
  WHERE session_id = ${chatId} AND sequence > ${afterSequence} AND (role <> 'system' OR ${withSystem})
  ORDER BY sequence
  LIMIT ${limit}`;
