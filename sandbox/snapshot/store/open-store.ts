// Opens the place where snapshots are kept.
import type { WorkspaceStoreConfig } from '../../../schema/workspace-store.ts';
import { FolderStore } from './folder-store.ts';
import type { ObjectStore } from './object-store.ts';

export async function openObjectStore({ place }: WorkspaceStoreConfig): Promise<ObjectStore> {
  if (place.kind === 'folder') return new FolderStore(place.folder);
  const { S3Store } = await import('./s3-store.ts');
  return new S3Store(place);
}
