// Claims a session for a new owner and reads it back: from here on, writes under older epochs are refused.
import { type CommonQueryMethods, type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { failed, type Outcome, succeeded } from '../../../schema/error.ts';
import { limits } from '../../../schema/limits.ts';
import { hasEnded, type SessionSettings, type StoredState } from '../../../schema/session.ts';
import type { Activation } from '../../../schema/thread.ts';
import { withConnection } from '../database.ts';
import { EventRow, eventColumns, eventOf } from './event-columns.ts';

const Claimed = v.object({
  chat_id: v.string(),
  user_id: v.string(),
  epoch: v.number(),
  state: v.custom<StoredState>((value) => typeof value === 'string'),
  settings: v.custom<SessionSettings>((value) => typeof value === 'object'),
  created_at: v.number(),
});

/**
 * @param runId the start of the engine that owns it from now on; null for none
 * @returns the record under its new epoch and the latest events in order; `noSuchSession` or `sessionEnded`
 */
export async function activateSession(
  pool: DatabasePool,
  sessionId: string,
  runId: string | null = null,
): Promise<Outcome<Activation>> {
  return withConnection(pool, limits.databaseSilenceTimeoutMs, (connection) =>
    connection.transaction((transaction) => claim(transaction, sessionId, runId)),
  );
}

async function claim(
  connection: CommonQueryMethods,
  sessionId: string,
  runId: string | null,
): Promise<Outcome<Activation>> {
  const claimed = await connection.maybeOne(sql.type(Claimed)`
    UPDATE lucid_engine.agent_sessions SET epoch = epoch + 1, run_id = ${runId} WHERE id = ${sessionId}
    RETURNING chat_id, user_id, epoch, state, settings, created_at`);
  if (!claimed) return failed('noSuchSession', 'There is no session with that id.');
  if (hasEnded(claimed.state)) return failed('sessionEnded', 'The session has ended.');
  const newestFirst = await connection.any(sql.type(EventRow)`
    SELECT ${eventColumns} FROM lucid_engine.chat_messages WHERE session_id = ${claimed.chat_id}
    ORDER BY sequence DESC LIMIT ${limits.transcriptEventsMax}`);
  const events = newestFirst.map((row) => eventOf(sessionId, row)).reverse();
  const { chat_id: chatId, user_id: userId, epoch, state, settings, created_at: createdAtMs } = claimed;
  return succeeded({ record: { sessionId, chatId, userId, epoch, state, settings, createdAtMs }, events });
}
