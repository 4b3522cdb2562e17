// Declares silent runs dead. It is final: the beat of a run that is over finds no row.
import { sql } from 'slonik';
import * as v from 'valibot';

const Row = v.object({ id: v.string() });

/** Only PostgreSQL's clock counts. */
export const isSilentOrOver = (silenceMs: number) =>
  sql.fragment`beat_at < now() - ${silenceMs} * interval '1 millisecond'`;
const isSilent = (silenceMs: number) => sql.fragment`beat_at > '-infinity' AND ${isSilentOrOver(silenceMs)}`;

/** Leaves those out whose beat is under way, or that another engine buries. */
export const burySilentRuns = (silenceMs: number) => sql.type(Row)`
  UPDATE lucid_engine.engine_runs SET beat_at = '-infinity', state = 'died'
  WHERE id IN (SELECT id FROM lucid_engine.engine_runs WHERE ${isSilent(silenceMs)} FOR UPDATE SKIP LOCKED)
  RETURNING id`;
