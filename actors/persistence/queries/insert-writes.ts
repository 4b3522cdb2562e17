// Stores new sessions, events and changes of state, all of a batch in one statement that is fenced by epoch.
import { type CommonQueryMethods, type FragmentSqlToken, sql } from 'slonik';
import { hasEnded } from '../../../schema/session.ts';
import type { EventWrite, OpenWrite, UpdateWrite } from '../../../schema/thread.ts';
import type { SortedWrites } from '../batch.ts';
import { countSpending, listSpending } from './count-spending.ts';
import { announcedOf, insertDeliveries } from './insert-deliveries.ts';
import { insertSessions } from './insert-sessions.ts';
import { inUnendedStates } from './unended-states.ts';

/**
 * Whether some of the rows may be there already, after a COMMIT whose reply was lost. Such rows are left as they are;
 * where none is expected the first of them fails the statement, so that no row is looked up before.
 */
export type Attempt = 'first' | 'again';

export type StoreOptions = {
  /** The start of the engine that owns the sessions opened here; null for none. */
  runId: string | null;
  attempt: Attempt;
};

/**
 * Writes of a session whose epoch has moved on, or that was made by another attempt, are left out: the statement locks
 * each session's record while it looks, so that a claim and this write can't pass each other. Everything travels as
 * JSON, which both ends write and read faster than an array for each column.
 * @returns how many events were inserted; where that is fewer than given, ask `findWriteResults`
 */
export async function insertWrites(
  connection: CommonQueryMethods,
  { opens, events, updates }: SortedWrites,
  { runId, attempt }: StoreOptions,
): Promise<number> {
  const changes = keepLastUpdates(updates);
  const onConflict = attempt === 'again' ? sql.fragment`ON CONFLICT DO NOTHING` : sql.fragment``;
  const opened = opens.map((open) => foldChange(open, changes));
  const announced = announcedOf(events);
  const spending = listSpending(events);
  const withQueries = [
    ...(opens.length > 0 ? [insertSessions(opened, runId, onConflict)] : []),
    selectIncoming(events),
    ...(changes.size > 0 ? [selectChanging([...changes.values()])] : []),
    lockOwned(opens.length > 0, changes.size > 0),
    ...(changes.size > 0 ? [changedSessions] : []),
    ...(spending.length > 0 ? [countSpending(spending, attempt === 'again')] : []),
    ...(announced.length > 0 ? [insertDeliveries(announced, attempt === 'again')] : []),
  ];
  const result = await connection.query(sql.unsafe`
    WITH ${sql.join(withQueries, sql.fragment`, `)}
    INSERT INTO lucid_engine.chat_messages
      (id, session_id, role, content, event_type, metadata_json, created_at, sequence, epoch, command_id)
    SELECT i.id, i.chat_id, role, content, event_type, metadata, to_timestamp(ms / 1000), sequence, i.epoch, command_id
    FROM incoming i
    JOIN known ON known.id = i.session_id AND known.chat_id = i.chat_id AND known.epoch = i.epoch
    ${onConflict}`);
  return result.rowCount;
}

/** Of several changes for one session the last one counts. */
const keepLastUpdates = (updates: readonly UpdateWrite[]) =>
  new Map(updates.map((update) => [update.sessionId, update] as const));

/** A statement can't update rows that it inserts, so a change of a session that it opens goes into the row. */
function foldChange(open: OpenWrite, changes: Map<string, UpdateWrite>): OpenWrite {
  const change = changes.get(open.sessionId);
  if (change?.chatId !== open.record.chatId || change.epoch !== open.epoch) return open;
  changes.delete(open.sessionId);
  const { isActive, state, waitsUntilMs } = change;
  const sealedSecrets = hasEnded(state) ? null : open.sealedSecrets; // An ended session needs no secrets.
  return {
    ...open,
    isActive,
    sealedSecrets,
    record: { ...open.record, state },
    ...(waitsUntilMs !== undefined && { waitsUntilMs }),
  };
}

const selectIncoming = (events: readonly EventWrite[]): FragmentSqlToken => sql.fragment`
  incoming AS (
    SELECT * FROM json_to_recordset(${JSON.stringify(events.map(eventRowOf))}::json) AS t (
      id varchar, chat_id varchar, role varchar, content text, event_type varchar, metadata text, ms float8,
      sequence int4, epoch int4, command_id varchar, session_id varchar)
  )`;

const selectChanging = (changes: readonly UpdateWrite[]): FragmentSqlToken => sql.fragment`
  changing AS (
    SELECT * FROM json_to_recordset(${JSON.stringify(changes.map(changeRowOf))}::json) AS t (
      session_id varchar, chat_id varchar, epoch int4, state varchar, is_active bool, waits_ms float8)
  )`;

/** The sessions that are written to, as they are now. */
const lockOwned = (opens: boolean, changes: boolean): FragmentSqlToken => sql.fragment`
  owned AS (
    SELECT s.id, s.chat_id, s.epoch, s.user_id FROM lucid_engine.agent_sessions s
    WHERE s.id IN (SELECT session_id FROM incoming ${changes ? alsoChanging : sql.fragment``})
    FOR SHARE
  ), known AS (
    SELECT id, chat_id, epoch, user_id FROM owned ${opens ? alsoOpened : sql.fragment``}
  )`;

const alsoChanging = sql.fragment`UNION ALL SELECT session_id FROM changing`;
const alsoOpened = sql.fragment`UNION ALL SELECT id, chat_id, epoch, user_id FROM opened`;

/** Joins `owned`, so that the rows are locked first: a statement can't lock rows that it has changed. */
const changedSessions = sql.fragment`
  changed AS (
    UPDATE lucid_engine.agent_sessions s
    SET state = t.state, waits_until = to_timestamp(t.waits_ms / 1000), sealed_secrets = CASE WHEN t.state ${inUnendedStates} THEN sealed_secrets END
    FROM changing t JOIN owned ON owned.id = t.session_id AND owned.chat_id = t.chat_id AND owned.epoch = t.epoch
    WHERE s.id = owned.id
    RETURNING s.chat_id, t.is_active
  ), shown AS (
    UPDATE chat_sessions c SET is_active = changed.is_active
    FROM changed WHERE c.id = changed.chat_id AND c.is_active <> changed.is_active
  )`;

const eventRowOf = ({ rowId, event, chatId }: EventWrite) => ({
  id: rowId,
  chat_id: chatId,
  role: event.role,
  content: event.content.toWellFormed(), // PostgreSQL's JSON refuses half of a surrogate pair.
  event_type: event.eventType,
  metadata: event.metadata && JSON.stringify(event.metadata),
  ms: event.createdAtMs,
  sequence: event.sequence,
  epoch: event.epoch,
  command_id: event.commandId,
  session_id: event.sessionId,
});

const changeRowOf = ({ sessionId, chatId, epoch, state, isActive, waitsUntilMs }: UpdateWrite) => ({
  session_id: sessionId,
  chat_id: chatId,
  epoch,
  state,
  is_active: isActive,
  waits_ms: waitsUntilMs,
});
