// Puts a session's last snapshot into a fresh sandbox; one that isn't what was stored is refused, and the one before is tried.
import { type Outcome, succeeded } from '../../schema/error.ts';
import { isDamaged } from './git-snapshots.ts';
import { SnapshotDamaged, type SnapshotStore, type StoredSnapshot } from './snapshot-store.ts';
import type { WorkspaceSnapshots } from './workspace-snapshots.ts';

/** `snapshot`: undefined where none can be restored. `damaged`: the names of newer ones that were refused. */
export type RestoredSnapshot = { snapshot: StoredSnapshot | undefined; damaged: readonly string[] };

/** @param names newest first @throws what the store throws */
export async function restoreNewest(
  store: SnapshotStore,
  sessionId: string,
  names: readonly string[],
  snapshots: WorkspaceSnapshots,
): Promise<Outcome<RestoredSnapshot>> {
  const damaged: string[] = [];
  for (const name of names) {
    try {
      const snapshot = await store.readHead(sessionId, name);
      const restored = await restoreChain(store, sessionId, snapshot, snapshots);
      if (restored.ok) return succeeded({ snapshot, damaged });
      if (!isDamaged(restored)) return restored;
    } catch (error) {
      if (!(error instanceof SnapshotDamaged)) throw error;
    }
    damaged.push(name);
  }
  return succeeded({ snapshot: undefined, damaged });
}

async function restoreChain(
  store: SnapshotStore,
  sessionId: string,
  { name, before, commit }: StoredSnapshot,
  snapshots: WorkspaceSnapshots,
): Promise<Outcome<void>> {
  for (const each of [...before, name]) {
    let isFirst = true;
    for await (const part of store.readBundle(sessionId, each)) {
      const added = await snapshots.addPart(part, isFirst);
      if (!added.ok) return added;
      isFirst = false;
    }
    const taken = await snapshots.takeOver();
    if (!taken.ok) return taken;
  }
  return snapshots.restore(commit);
}
