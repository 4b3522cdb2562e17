// Stores events of many sessions in one statement, fenced by epoch, each row exactly once.
import { type CommonQueryMethods, sql } from 'slonik';
import type { EventWrite } from '../../../schema/thread.ts';

/**
 * Rows of a session whose epoch has moved on, or that was made by another attempt, are left out: the statement locks each session's record while it looks,
 * so that a claim and this write can't pass each other. Rows that are there already are left as they are.
 * @returns how many rows were inserted; where that is fewer than given, ask `whatBecameOf`
 */
export async function insertEvents(connection: CommonQueryMethods, writes: EventWrite[]): Promise<number> {
  const result = await connection.query(sql.unsafe`
    WITH incoming AS (
      SELECT * FROM ${sql.unnest(writes.map(rowOf), columnTypes)} AS t (
        id, chat_id, role, content, event_type, metadata_json, ms, sequence, epoch, command_id, session_id)
    ), owned AS (
      SELECT s.id, s.chat_id, s.epoch FROM agent_sessions s
      WHERE s.id IN (SELECT session_id FROM incoming)
      FOR SHARE
    )
    INSERT INTO chat_messages
      (id, session_id, role, content, event_type, metadata_json, created_at, sequence, epoch, command_id)
    SELECT i.id, i.chat_id, role, content, event_type, metadata_json, to_timestamp(ms / 1000), sequence, i.epoch, command_id
    FROM incoming i JOIN owned ON owned.id = i.session_id AND owned.chat_id = i.chat_id AND owned.epoch = i.epoch
    ON CONFLICT DO NOTHING`);
  return result.rowCount;
}

const columnTypes = [
  'varchar',
  'varchar',
  'varchar',
  'text',
  'varchar',
  'text',
  'float8',
  'int4',
  'int4',
  'varchar',
  'varchar',
];

const rowOf = ({ rowId, event, chatId }: EventWrite) => [
  rowId,
  chatId,
  event.role,
  event.content,
  event.eventType,
  event.metadata && JSON.stringify(event.metadata),
  event.createdAtMs,
  event.sequence,
  event.epoch,
  event.commandId,
  event.sessionId,
];
