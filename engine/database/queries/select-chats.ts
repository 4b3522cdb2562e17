// A page of a user's chats, newest first.
import { sql } from 'slonik';
import { Chat, chatColumns } from './chat-columns.ts';

export type ChatsPage = { limit: number; offset: number };

export const selectChats = (userId: string, { limit, offset }: ChatsPage) => sql.type(Chat)`
  SELECT ${chatColumns} FROM chat_sessions
  WHERE user_id = ${userId}
  ORDER BY updated_at DESC, id DESC
  LIMIT ${limit} OFFSET ${offset}`;
