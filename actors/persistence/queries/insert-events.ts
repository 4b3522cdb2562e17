// Stores events of many sessions in one statement, fenced by epoch, each row exactly once.
import { type CommonQueryMethods, sql } from 'slonik';
import type { EventWrite } from '../../../schema/thread.ts';

/**
 * Rows of a session whose epoch has moved on, or that was made by another attempt, are left out: the statement locks each session's record while it looks,
 * so that a claim and this write can't pass each other. Rows that are there already are left as they are. They travel as
 * one text of JSON, which both ends write and read faster than an array for each column.
 * @returns how many rows were inserted; where that is fewer than given, ask `whatBecameOf`
 */
export async function insertEvents(connection: CommonQueryMethods, writes: EventWrite[]): Promise<number> {
  const result = await connection.query(sql.unsafe`
    WITH incoming AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(writes.map(rowOf))}::json) AS t (
        id varchar, chat_id varchar, role varchar, content text, event_type varchar, metadata text, ms float8,
        sequence int4, epoch int4, command_id varchar, session_id varchar)
    ), owned AS (
      SELECT s.id, s.chat_id, s.epoch FROM agent_sessions s
      WHERE s.id IN (SELECT session_id FROM incoming)
      FOR SHARE
    )
    INSERT INTO chat_messages
      (id, session_id, role, content, event_type, metadata_json, created_at, sequence, epoch, command_id)
    SELECT i.id, i.chat_id, role, content, event_type, metadata, to_timestamp(ms / 1000), sequence, i.epoch, command_id
    FROM incoming i JOIN owned ON owned.id = i.session_id AND owned.chat_id = i.chat_id AND owned.epoch = i.epoch
    ON CONFLICT DO NOTHING`);
  return result.rowCount;
}

const rowOf = ({ rowId, event, chatId }: EventWrite) => ({
  id: rowId,
  chat_id: chatId,
  role: event.role,
  content: event.content.toWellFormed(), // PostgreSQL's JSON refuses half of a character.
  event_type: event.eventType,
  metadata: event.metadata && JSON.stringify(event.metadata),
  ms: event.createdAtMs,
  sequence: event.sequence,
  epoch: event.epoch,
  command_id: event.commandId,
  session_id: event.sessionId,
});
