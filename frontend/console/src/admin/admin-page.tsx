// The operator's page.
import { EmptyState } from '../ui/empty-state.tsx';

export const AdminPage = () => <EmptyState title="Nothing here yet" />;
