// Enters a run, which may own sessions from then on; does no harm a second time, where the first reply was lost.
import { sql } from 'slonik';
import type { Boot } from '../../../schema/ownership.ts';

export const insertRun = (runId: string, { bootId, node, version, wire, labels }: Boot) => sql.unsafe`
  INSERT INTO lucid_engine.engine_runs (id, beat_at, boot_id, node, version, wire, labels)
  VALUES (${runId}, now(), ${bootId}, ${node}, ${version}, ${wire}, ${JSON.stringify(labels)}::jsonb)
  ON CONFLICT (id) DO UPDATE SET beat_at = now()`;
