// The engines on the database, those that live first, as their last beats said; with how many sessions each has.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { Labels } from '../../../schema/labels.ts';
import type { RunState } from '../../../schema/ownership.ts';

/** A figure that an engine of an earlier release does not tell is 0. */
const figure = v.optional(v.number(), 0);
const Load = v.object({
  sessions: figure,
  working: figure,
  sockets: figure,
  hosts: figure,
  fullHosts: figure,
  sandboxes: figure,
});

const Engine = v.object({
  runId: v.string(),
  node: v.nullable(v.string()),
  version: v.nullable(v.string()),
  wire: v.nullable(v.number()),
  state: v.custom<RunState>((value) => typeof value === 'string'),
  /** Null once it is over. */
  beatAtMs: v.nullable(v.number()),
  isSilent: v.boolean(),
  labels: v.custom<Labels>((value) => typeof value === 'object' && value !== null),
  liveSessions: v.number(),
  load: v.nullable(Load),
});

/** Runs of one list: many times the engines of one database. */
const enginesMax = 500;

/** By PostgreSQL's clock alone, as the deaths of runs are told. A run that is over says in its state how it came to that. */
export const selectEngines = (silenceMs: number) => sql.type(Engine)`
  SELECT r.id AS "runId", node, version, wire, labels, load, nullif(beat_at, '-infinity') AS "beatAtMs",
    CASE WHEN beat_at = '-infinity' AND r.state NOT IN ('ended', 'died', 'remainder') THEN 'ended' ELSE r.state END AS state,
    beat_at > '-infinity' AND beat_at < now() - ${silenceMs} * interval '1 ms' AS "isSilent",
    (SELECT count(*)::int FROM lucid_engine.agent_sessions s WHERE s.run_id = r.id AND s.state = 'live') AS "liveSessions"
  FROM lucid_engine.engine_runs r ORDER BY beat_at = '-infinity', node, r.id DESC LIMIT ${enginesMax}`;
