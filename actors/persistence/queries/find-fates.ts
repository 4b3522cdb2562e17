// Finds out, row by row, what became of events that an insert left out.
import { type CommonQueryMethods, sql } from 'slonik';
import * as v from 'valibot';
import type { EventWrite } from '../../../schema/thread.ts';

/**
 * `stored`: it is there, by this insert or an earlier one. `fenced`: another owner. `gone`: no such session any more,
 * or it never was. `refused`: its place is taken.
 */
export type Fate = 'stored' | 'fenced' | 'gone' | 'refused';

const Stored = v.object({ id: v.string(), eventType: v.nullable(v.string()) });
const Owned = v.object({ id: v.string(), chat_id: v.string(), epoch: v.number() });

export async function findFates(connection: CommonQueryMethods, writes: EventWrite[]): Promise<Map<EventWrite, Fate>> {
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
  const fateOf = (write: EventWrite): Fate => {
    if (stored.get(write.rowId) === write.event.eventType) return 'stored'; // Otherwise its substitute is there.
    const owner = owners.get(write.sessionId);
    if (owner === undefined) return 'gone';
    return owner.epoch === write.epoch && owner.chat_id === write.chatId ? 'refused' : 'fenced';
  };
  return new Map(writes.map((write) => [write, fateOf(write)]));
}
