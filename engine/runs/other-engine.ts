// Warns at the start of a second engine that has no bus to reach the first one's sessions, or shares its storage folder.
import type { DatabasePool } from 'slonik';
import { selectOtherRun } from '../database/queries/select-other-run.ts';
import type { Log } from '../log.ts';
import { type EngineRun, runSilenceMs } from './engine-run.ts';
import { RunNotes } from './run-notes.ts';

/** @throws what Slonik throws */
export async function warnOfOtherEngine(pool: DatabasePool, run: Pick<EngineRun, 'id'>, log: Log): Promise<void> {
  const other = await pool.maybeOne(selectOtherRun(run.id, runSilenceMs));
  if (!other) return;
  const who = other.node === null ? 'Another engine' : `The engine ${other.node}`;
  const warning = `${who} runs on this database too, but CLUSTER_URL is not set: what is asked of its sessions here is answered \`elsewhere\`.`;
  log.warn('config.warning', { warning });
}

/** The folder's `.engine-id` says whose the containers are, so engines that share it take each other's for leftovers. */
export async function warnOfSharedFolder(folder: string, log: Log): Promise<void> {
  const pid = await new RunNotes(folder).findOtherProcess();
  if (pid === undefined) return;
  const warning = `The engine of process ${pid} runs on the same WORKSPACE_BASE_PATH: each takes the other's sandboxes for its own. Give every engine a folder of its own.`;
  log.warn('config.warning', { warning });
}
