// Removes the chats of sessions that an earlier attempt of the same request has already made with another chat.
import { type CommonQueryMethods, sql } from 'slonik';
import * as v from 'valibot';
import type { OpenWrite } from '../../../schema/thread.ts';

const Owner = v.object({ id: v.string(), chat_id: v.string() });

/** @returns those that came too late */
export async function removeLateSessions(
  connection: CommonQueryMethods,
  opens: readonly OpenWrite[],
): Promise<OpenWrite[]> {
  const sessionIds = opens.map(({ sessionId }) => sessionId);
  const owners = await connection.any(
    sql.type(
      Owner,
    )`SELECT id, chat_id FROM lucid_engine.agent_sessions WHERE id = ANY(${sql.array(sessionIds, 'varchar')})`,
  );
  const chatOf = new Map(owners.map((row) => [row.id, row.chat_id]));
  const late = opens.filter(({ sessionId, record }) => chatOf.get(sessionId) !== record.chatId);
  const chatIds = late.map(({ record }) => record.chatId);
  await connection.query(sql.unsafe`DELETE FROM chat_sessions WHERE id = ANY(${sql.array(chatIds, 'varchar')})`);
  return late;
}
