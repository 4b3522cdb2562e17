// One chat of a user. Another user's is not there.
import { sql } from 'slonik';
import { Chat, chatColumns } from './chat-columns.ts';

export const selectChat = (userId: string, chatId: string) => sql.type(Chat)`
  SELECT ${chatColumns} FROM chat_sessions WHERE id = ${chatId} AND user_id = ${userId}`;
