// Reads all rows of the suite's sessions from PostgreSQL, with the hashes of the frames that they make.
import { type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { EventRow, eventOf } from '../../actors/persistence/queries/event-columns.ts';
import { commandEventTypes, type StoredEvent } from '../../schema/event.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import { hashFrame } from './chaos-client.ts';
import type { StoredRow } from './client-history.ts';

const SessionRow = v.object({ ...EventRow.entries, sessionId: v.string() });
const Last = v.object({ sessionId: v.string(), sequence: v.number() });
const Command = v.object({ id: v.string() });
const statementTimeoutMs = 60_000;

export class Rows {
  readonly pool: DatabasePool;

  private constructor(pool: DatabasePool) {
    this.pool = pool;
  }

  static async open(databaseUrl: string): Promise<Rows> {
    return new Rows(await openPool(databaseUrl, { connectionsMax: 2, statementTimeoutMs, onError: () => undefined }));
  }

  async readRows(sessionIds: readonly string[]): Promise<StoredRow[]> {
    const rows = await this.pool.any(sql.type(SessionRow)`
      SELECT m.epoch, m.sequence, m.role, m.event_type AS "eventType", m.content,
        m.metadata_json AS "metadataJson", m.command_id AS "commandId", m.created_at AS "createdAtMs",
        s.id AS "sessionId"
      FROM lucid_engine.chat_messages m JOIN lucid_engine.agent_sessions s ON s.chat_id = m.session_id
      WHERE s.id = ANY(${sql.array(sessionIds, 'varchar')})`);
    return rows.map(({ sessionId, ...row }) => storedRowOf(eventOf(sessionId, row)));
  }

  async readLastSequences(sessionIds: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.pool.any(sql.type(Last)`
      SELECT s.id AS "sessionId", max(m.sequence) AS sequence
      FROM lucid_engine.chat_messages m JOIN lucid_engine.agent_sessions s ON s.chat_id = m.session_id
      WHERE s.id = ANY(${sql.array(sessionIds, 'varchar')}) GROUP BY s.id`);
    return new Map(rows.map(({ sessionId, sequence }) => [sessionId, sequence]));
  }

  async readCommandIds(): Promise<Set<string>> {
    const ids = await this.pool.anyFirst(
      sql.type(Command)`SELECT command_id AS id FROM lucid_engine.chat_messages WHERE command_id IS NOT NULL`,
    );
    return new Set(ids);
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

function storedRowOf(event: StoredEvent): StoredRow {
  const { sessionId, epoch, sequence, commandId, eventType, content } = event;
  const isCommand = (commandEventTypes as readonly string[]).includes(eventType);
  return {
    sessionId,
    epoch,
    sequence,
    commandId,
    content: isCommand ? content : null,
    hash: hashFrame(frameOf(event)),
  };
}
