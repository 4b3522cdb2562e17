// What the agent has changed in the workspace, file by file.
import { EmptyState } from '../ui/empty-state.tsx';

export type ChangesTabProps = { sessionId: string };

export const ChangesTab = (_: ChangesTabProps) => <EmptyState title="Nothing has changed yet" />;
