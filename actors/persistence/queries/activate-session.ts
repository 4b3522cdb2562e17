// Claims a session for a new owner and reads it back.
import { type CommonQueryMethods, type DatabasePool, sql } from 'slonik';
import { elsewhere, failed, type Outcome, sessionEnded, succeeded } from '../../../schema/error.ts';
import type { StoredEvent } from '../../../schema/event.ts';
import { noFittingEngine } from '../../../schema/labels.ts';
import { limits } from '../../../schema/limits.ts';
import { hasEnded } from '../../../schema/session.ts';
import type { Activation } from '../../../schema/thread.ts';
import { runInTransaction, runOnConnection } from '../database-pool.ts';
import { claimSession } from './claim-session.ts';
import { EventRow, eventColumns, eventOf } from './event-columns.ts';

/**
 * @param runId the start of the engine that owns it from now on; null for none
 * @returns the record under its new epoch and the latest events in order; `noSuchSession`, `sessionEnded`, or
 * `elsewhere` where a living run owns it, `noFittingEngine` where this one lacks labels that it asks for
 */
export async function activateSession(
  pool: DatabasePool,
  sessionId: string,
  runId: string | null = null,
): Promise<Outcome<Activation>> {
  return runOnConnection(pool, limits.databaseSilenceTimeoutMs, (connection) =>
    runInTransaction(pool, connection, (transaction) => claimAndRead(transaction, sessionId, runId)),
  );
}

async function claimAndRead(
  connection: CommonQueryMethods,
  sessionId: string,
  runId: string | null,
): Promise<Outcome<Activation>> {
  const claim = await claimSession(connection, sessionId, runId);
  if (claim.kind === 'ownedElsewhere') return elsewhere;
  if (claim.kind === 'unfit') return noFittingEngine(claim.labels, []);
  if (claim.kind === 'noSuchSession') return failed('noSuchSession', 'There is no session with that id.');
  const claimed = claim.row;
  if (hasEnded(claimed.state)) return sessionEnded;
  const newestFirst = await connection.any(sql.type(EventRow)`
    SELECT ${eventColumns} FROM lucid_engine.chat_messages WHERE session_id = ${claimed.chat_id} AND (${isOwnEvent}
      OR sequence = (SELECT max(sequence) FROM lucid_engine.chat_messages WHERE session_id = ${claimed.chat_id}))
    ORDER BY sequence DESC LIMIT ${limits.transcriptEventsMax}`);
  const events = newestFirst.map((row) => eventOf(sessionId, row)).reverse();
  const { chat_id: chatId, user_id: userId, epoch, state, settings, created_at: createdAtMs, crashes } = claimed;
  const older = await findOlderEvents(connection, sessionId, chatId, events);
  const record = { sessionId, chatId, userId, epoch, state, settings, createdAtMs };
  return succeeded({ record, events, ...older, ...(crashes > 0 && { crashes }) });
}

/** Events of sub-agents are no part of the conversation; the last event is read all the same, for its sequence. */
const isOwnEvent = sql.fragment`(metadata_json IS NULL OR metadata_json NOT LIKE '%"parentToolCallId":%')`;

/** Types of events that hold on however old they are: what the repository began with, and what is known of the project. */
const lastingTypes = ['RepositoryCloned', 'WorkspaceEmptied', 'ProjectKnowledge', 'ProjectNotes'];
/** What a person has allowed for the session holds on too; of a forgotten one they are asked again. */
const isPermission = sql.fragment`(event_type = 'ApprovalDecision' AND (
  metadata_json::jsonb #>> '{decision,decision}' = 'allowForSession' OR metadata_json::jsonb #>> '{decision,kind}' = 'plan'))`;
/** The last ones of those; a session has a handful. */
const lastingEventsMax = 150;

async function findOlderEvents(
  connection: CommonQueryMethods,
  sessionId: string,
  chatId: string,
  [first]: readonly StoredEvent[],
): Promise<Pick<Activation, 'olderEvents'>> {
  if ((first?.sequence ?? 1) <= 1) return {};
  const newestFirst = await connection.any(sql.type(EventRow)`
    SELECT ${eventColumns} FROM lucid_engine.chat_messages
    WHERE session_id = ${chatId} AND sequence < ${first?.sequence ?? 1}
      AND (event_type = ANY(${sql.array(lastingTypes, 'text')}) OR ${isPermission})
    ORDER BY sequence DESC LIMIT ${lastingEventsMax}`);
  return { olderEvents: newestFirst.map((row) => eventOf(sessionId, row)).reverse() };
}
