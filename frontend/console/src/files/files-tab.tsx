// The workspace's files: a tree, and the one that is chosen.
import { EmptyState } from '../ui/empty-state.tsx';

export type FilesTabProps = { sessionId: string; isReadOnly: boolean };

export const FilesTab = (_: FilesTabProps) => <EmptyState title="The workspace is empty" />;
