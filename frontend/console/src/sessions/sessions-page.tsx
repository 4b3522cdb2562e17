// The live list of sessions, and the field in which a new one begins.
import { EmptyState } from '../ui/empty-state.tsx';

export const SessionsPage = () => <EmptyState title="No sessions yet" />;
