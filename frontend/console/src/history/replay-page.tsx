// A recorded session, shown again at any speed.
import { EmptyState } from '../ui/empty-state.tsx';

export const ReplayPage = () => <EmptyState title="Nothing to show again" />;
