// Deletes a user's chat with its messages and the record of its session.
import { sql } from 'slonik';
import { Chat, chatColumns } from './chat-columns.ts';

export const deleteChat = (userId: string, chatId: string) => sql.type(Chat)`
  DELETE FROM chat_sessions WHERE id = ${chatId} AND user_id = ${userId}
  RETURNING ${chatColumns}`;
