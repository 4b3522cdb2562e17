// Renames a user's chat.
import { sql } from 'slonik';
import { Chat, chatColumns } from './chat-columns.ts';

export const updateChatTitle = (userId: string, chatId: string, title: string) => sql.type(Chat)`
  UPDATE chat_sessions SET title = ${title} WHERE id = ${chatId} AND user_id = ${userId}
  RETURNING ${chatColumns}`;
