// Removes what is left of a workspace outside of its sandbox once its chat is deleted: no actor ends for a session that had ended.
import { openSnapshotsOf } from '../../sandbox/snapshot/snapshot-archive.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import { workspaceStoreOf } from '../config/workspace-store-variables.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';

export type RemoveSnapshots = (sessionId: string) => Promise<void>;

/** @returns undefined where workspaces are kept nowhere; what it returns tells the log where something stays */
export function makeSnapshotRemover(config: Config, log: Pick<Log, 'warn'>): RemoveSnapshots | undefined {
  const open = openSnapshotsOf(workspaceStoreOf(config));
  if (!open) return undefined;
  return async (sessionId) => {
    try {
      await (await open()).store.removeAll(sessionId);
    } catch (error) {
      log.warn('snapshot.failed', { sessionId, reason: reasonOf(error) });
    }
  };
}
