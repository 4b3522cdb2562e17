// What was said before: chats to search, rename, export, continue and delete.
import { EmptyState } from '../ui/empty-state.tsx';

export const HistoryPage = () => <EmptyState title="Nothing here yet" />;
