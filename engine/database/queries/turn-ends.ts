// The events that end turns, which hold what each turn has used, and the sums of that.
import { sql } from 'slonik';
import * as v from 'valibot';

/** The text comes first, since only rows with it are in the index; PostgreSQL writes JSON with spaces, the engine without. */
export const isTurnEnd = sql.fragment`
  event_type = 'Status' AND metadata_json LIKE '%"status":%"completed"%' AND metadata_json::jsonb ->> 'status' = 'completed'`;

/** Whether an event may say what a turn has used: its end, or that of a session that was stopped within it. */
export const maySayUsage = sql.fragment`
  ((${isTurnEnd}) OR (event_type = 'Status' AND metadata_json LIKE '%"status":%"stopped"%'
    AND metadata_json::jsonb ->> 'status' = 'stopped'))`;

export const usageOfTurn = sql.fragment`metadata_json::jsonb -> 'usage' AS usage`;

export const usageEntries = {
  turns: v.number(),
  inputTokens: v.number(),
  outputTokens: v.number(),
  cachedTokens: v.number(),
  cacheWriteTokens: v.number(),
  steps: v.number(),
  durationMs: v.number(),
  costUsd: v.nullable(v.number()),
};
const Used = v.object(usageEntries);
export type Used = v.InferOutput<typeof Used>;

const sumOf = (field: string) => sql.fragment`coalesce(sum((usage ->> ${field})::float8), 0)`;

/** Of rows that have `usageOfTurn`; it is null for turns that were copied with their chat, and where nothing was cut. */
export const sumsOfUsage = sql.fragment`
  count(usage)::int AS turns, ${sumOf('inputTokens')} AS "inputTokens", ${sumOf('outputTokens')} AS "outputTokens",
  ${sumOf('cachedTokens')} AS "cachedTokens", ${sumOf('cacheWriteTokens')} AS "cacheWriteTokens",
  ${sumOf('steps')} AS steps, ${sumOf('durationMs')} AS "durationMs", sum((usage ->> 'costUsd')::float8) AS "costUsd"`;
