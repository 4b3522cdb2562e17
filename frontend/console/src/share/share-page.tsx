// What somebody with a share sees: one session, to read.
import { EmptyState } from '../ui/empty-state.tsx';

export const SharePage = () => <EmptyState title="This link shows nothing" />;
