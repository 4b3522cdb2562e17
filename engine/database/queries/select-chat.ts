// One chat of a user; no row where the chat is another user's.
import { sql } from 'slonik';
import { Chat, chatColumns } from './chat-columns.ts';

export const selectChat = (userId: string, chatId: string) => sql.type(Chat)`
  SELECT ${chatColumns} FROM chat_sessions WHERE id = ${chatId} AND user_id = ${userId}`;
