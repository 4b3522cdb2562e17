// Sessions' reports from their rows: whether a message is unanswered, how the last turn ended, what all turns have used.
import { sql } from 'slonik';
import * as v from 'valibot';
import { isOwnedByLivingRun } from '../../../actors/persistence/queries/living-run.ts';
import type { TurnEnd } from '../../../schema/event.ts';
import type { StoredState } from '../../../schema/session.ts';
import { type Wait, waitEventTypes } from '../../../schema/wait.ts';
import { isTurnEnd, maySayUsage, sumsOfUsage, usageEntries, usageOfTurn } from './turn-ends.ts';

const Report = v.object({
  sessionId: v.string(),
  chatId: v.string(),
  userId: v.string(),
  state: v.custom<StoredState>((value) => typeof value === 'string'),
  task: v.string(),
  /** Of its chat. */
  title: v.string(),
  repoUrl: v.nullable(v.string()),
  branch: v.nullable(v.string()),
  isActive: v.boolean(),
  createdAtMs: v.number(),
  updatedAtMs: v.number(),
  provider: v.nullable(v.string()),
  /** The run that owns the session, where that run lives. */
  livingRunId: v.nullable(v.string()),
  /** Whether there is a message of the user that no ended turn has read. */
  hasUnanswered: v.boolean(),
  /** What its turn waits for; null where it doesn't wait. */
  waits: v.nullable(v.custom<Wait[]>((value) => Array.isArray(value))),
  /** Why the last ended turn ended. */
  reason: v.nullable(v.custom<TurnEnd>((value) => typeof value === 'string')),
  message: v.nullable(v.string()),
  ...usageEntries,
  /** Of the last event. */
  epoch: v.nullable(v.number()),
  sequence: v.nullable(v.number()),
  eventType: v.nullable(v.string()),
  eventAtMs: v.nullable(v.number()),
});
export type SessionReport = v.InferOutput<typeof Report>;

/** Those of the turn that no person has spoken about; none where it waits for nobody any more. */
const selectWaits = sql.fragment`
    SELECT json_agg(asked.wait ORDER BY asked.sequence) AS waits FROM (
      SELECT sequence, metadata_json::jsonb -> 'wait' AS wait FROM lucid_engine.chat_messages
      WHERE s.waits_until IS NOT NULL AND session_id = s.chat_id AND event_type = ANY(${sql.array([...waitEventTypes], 'varchar')})
        AND sequence > coalesce(ended.at, 0)
    ) asked
    WHERE asked.wait IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM lucid_engine.chat_messages said
      WHERE said.session_id = s.chat_id AND said.sequence > asked.sequence AND asked.wait ->> 'toolCallId' IN (
        said.metadata_json::jsonb ->> 'toolCallId', said.metadata_json::jsonb #>> '{decision,toolCallId}'))`;

/** `OFFSET 0` keeps PostgreSQL from reading the JSON of each turn again for each sum. */
const readReport = sql.fragment`
  SELECT s.id AS "sessionId", chat_id AS "chatId", s.user_id AS "userId", state, settings ->> 'task' AS task, title,
    settings ->> 'repoUrl' AS "repoUrl", settings ->> 'branch' AS branch, settings ->> 'provider' AS provider,
    is_active AS "isActive", s.created_at AS "createdAtMs", updated_at AS "updatedAtMs",
    CASE WHEN ${isOwnedByLivingRun} THEN run_id END AS "livingRunId",
    coalesce(asked.last > coalesce(ended.read_through, 0), false) AS "hasUnanswered", waiting.waits, ended.reason, ended.message, used.*,
    latest.epoch, latest.sequence, latest.event_type AS "eventType", latest.created_at AS "eventAtMs"
  FROM lucid_engine.agent_sessions s
  JOIN chat_sessions c ON c.id = s.chat_id
  CROSS JOIN LATERAL (
    SELECT max(sequence) AS last FROM lucid_engine.chat_messages
    WHERE session_id = s.chat_id AND event_type IN ('InitialTask', 'UserMessage')
  ) asked
  CROSS JOIN LATERAL (
    SELECT ${sumsOfUsage}
    FROM (
      SELECT ${usageOfTurn} FROM lucid_engine.chat_messages WHERE session_id = s.chat_id AND ${maySayUsage}
      OFFSET 0
    ) completed
  ) used
  LEFT JOIN LATERAL (
    SELECT content AS message, metadata_json::jsonb ->> 'reason' AS reason,
      (metadata_json::jsonb ->> 'readThrough')::int AS read_through, sequence AS at
    FROM lucid_engine.chat_messages
    WHERE session_id = s.chat_id AND ${isTurnEnd}
    ORDER BY sequence DESC LIMIT 1
  ) ended ON true
  LEFT JOIN LATERAL (${selectWaits}) waiting ON true
  LEFT JOIN LATERAL (
    SELECT epoch, sequence, event_type, created_at FROM lucid_engine.chat_messages
    WHERE session_id = s.chat_id ORDER BY sequence DESC LIMIT 1
  ) latest ON true`;

export const selectSessionReport = (sessionId: string) => sql.type(Report)`${readReport} WHERE s.id = ${sessionId}`;

export type ReportsPage = {
  states: readonly StoredState[];
  /** The session that the page before ended with; undefined for the first page. */
  before: string | undefined;
  limit: number;
};

/** A user's, newest first. */
export const selectSessionReports = (userId: string, { states, before, limit }: ReportsPage) => sql.type(Report)`
  ${readReport}
  WHERE s.user_id = ${userId} AND state = ANY(${sql.array(states, 'varchar')})
    ${before === undefined ? sql.fragment`` : isOlderThan(userId, before)}
  ORDER BY s.created_at DESC, s.id DESC LIMIT ${limit}`;

const isOlderThan = (userId: string, sessionId: string) => sql.fragment`
  AND (s.created_at, s.id) < (
    SELECT created_at, id FROM lucid_engine.agent_sessions WHERE id = ${sessionId} AND user_id = ${userId})`;

/** Everybody's, newest first: the newest of each state are found by the index, and only those of the page are read. */
export const selectAllSessionReports = ({ states, before, limit }: ReportsPage) => sql.type(Report)`
  ${readReport}
  WHERE s.id = ANY(ARRAY(
    SELECT newest.id FROM unnest(${sql.array(states, 'varchar')}) AS wanted (state)
    CROSS JOIN LATERAL (
      SELECT id, created_at FROM lucid_engine.agent_sessions
      WHERE state = wanted.state ${before === undefined ? sql.fragment`` : isOlderThanAny(before)}
      ORDER BY created_at DESC, id DESC LIMIT ${limit}
    ) newest
    ORDER BY newest.created_at DESC, newest.id DESC LIMIT ${limit}))
  ORDER BY s.created_at DESC, s.id DESC`;

const isOlderThanAny = (sessionId: string) => sql.fragment`
  AND (created_at, id) < (SELECT created_at, id FROM lucid_engine.agent_sessions WHERE id = ${sessionId})`;
