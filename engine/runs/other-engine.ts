// Warns at the start of a second engine on one database that has no bus to reach the first one's sessions.
import type { DatabasePool } from 'slonik';
import { selectOtherRun } from '../database/queries/select-other-run.ts';
import type { Log } from '../log.ts';
import { type EngineRun, runSilenceMs } from './engine-run.ts';

/** @throws what Slonik throws */
export async function warnOfOtherEngine(pool: DatabasePool, run: Pick<EngineRun, 'id'>, log: Log): Promise<void> {
  const other = await pool.maybeOne(selectOtherRun(run.id, runSilenceMs));
  if (!other) return;
  const who = other.node === null ? 'Another engine' : `The engine ${other.node}`;
  const warning = `${who} runs on this database too, but CLUSTER_URL is not set: what is asked of its sessions here is answered \`elsewhere\`.`;
  log.warn('config.warning', { warning });
}
