// Whether a run's engine has all labels that a session asks for; an earlier release's has none.
import { type FragmentSqlToken, sql } from 'slonik';

/** About the session `s`; without a run only a session that asks for none fits. */
export const fitsRun = (runId: string | null): FragmentSqlToken => sql.fragment`(NOT s.settings ? 'labels' OR EXISTS (
  SELECT 1 FROM lucid_engine.engine_runs fitting WHERE fitting.id = ${runId} AND s.settings -> 'labels' <@ fitting.labels))`;
