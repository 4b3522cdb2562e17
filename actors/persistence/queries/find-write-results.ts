// Finds out, row by row, what became of events that an insert left out.
import { type CommonQueryMethods, sql } from 'slonik';
import * as v from 'valibot';
import type { EventWrite } from '../../../schema/thread.ts';

/**
 * `stored`: by this insert or an earlier one. `fenced`: the session has another owner. `gone`: there is no such session.
 * `refused`: another event has its place.
 */
export type WriteResult = 'stored' | 'fenced' | 'gone' | 'refused';

const Stored = v.object({ id: v.string(), eventType: v.nullable(v.string()) });
const Owned = v.object({ id: v.string(), chat_id: v.string(), epoch: v.number() });

export async function findWriteResults(
  connection: CommonQueryMethods,
  writes: EventWrite[],
): Promise<Map<EventWrite, WriteResult>> {
  const ids = writes.map((write) => write.rowId);
  const rows = await connection.any(sql.type(Stored)`
    SELECT id, event_type AS "eventType" FROM lucid_engine.chat_messages WHERE id = ANY(${sql.array(ids, 'varchar')})`);
  const stored = new Map(rows.map((row) => [row.id, row.eventType]));
  const sessionIds = [...new Set(writes.map((write) => write.sessionId))];
  const owned = await connection.any(
    sql.type(
      Owned,
    )`SELECT id, chat_id, epoch FROM lucid_engine.agent_sessions WHERE id = ANY(${sql.array(sessionIds, 'varchar')})`,
  );
  const owners = new Map(owned.map((row) => [row.id, row]));
  const resultOf = (write: EventWrite): WriteResult => {
    if (stored.get(write.rowId) === write.event.eventType) return 'stored'; // A row of another type is its substitute.
    const owner = owners.get(write.sessionId);
    if (owner === undefined) return 'gone';
    return owner.epoch === write.epoch && owner.chat_id === write.chatId ? 'refused' : 'fenced';
  };
  return new Map(writes.map((write) => [write, resultOf(write)]));
}
