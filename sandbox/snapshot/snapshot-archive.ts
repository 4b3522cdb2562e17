// Opens what keeps and restores snapshots when it is first needed: an engine without a store loads nothing of it.
import type { WorkspaceStoreConfig } from '../../schema/workspace-store.ts';
import type { restoreNewest } from './restore-snapshot.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export type SnapshotArchive = {
  store: SnapshotStore;
  restoreNewest: typeof restoreNewest;
};

export type OpenSnapshots = () => Promise<SnapshotArchive>;

/** @returns what opens it once; undefined where none is configured */
export function openSnapshotsOf(config: WorkspaceStoreConfig | undefined): OpenSnapshots | undefined {
  if (!config) return undefined;
  let opened: Promise<SnapshotArchive> | undefined;
  return () => {
    opened ??= openArchive(config);
    return opened;
  };
}

async function openArchive(config: WorkspaceStoreConfig): Promise<SnapshotArchive> {
  const [{ openObjectStore }, { SnapshotStore }, { restoreNewest }] = await Promise.all([
    import('./store/open-store.ts'),
    import('./snapshot-store.ts'),
    import('./restore-snapshot.ts'),
  ]);
  const store = new SnapshotStore(await openObjectStore(config), config.sealingKey);
  return { store, restoreNewest };
}
