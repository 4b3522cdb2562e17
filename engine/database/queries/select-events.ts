// A page of a session's events, oldest first, whole enough to make their frames again.
import { sql } from 'slonik';
import { EventRow, eventColumns } from '../../../actors/persistence/queries/event-columns.ts';

export const selectEvents = (chatId: string, sequence: number, limit: number) => sql.type(EventRow)`
  SELECT ${eventColumns} FROM lucid_engine.chat_messages
  WHERE session_id = ${chatId} AND sequence > ${sequence}
  ORDER BY sequence LIMIT ${limit}`;
