// The page for an address that the console doesn't have.
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../ui/empty-state.tsx';

export const NotFound = () => (
  <main className="grid h-full place-items-center p-6">
    <EmptyState title="There is nothing at this address" isPage>
      <Link to="/" className="text-accent underline">
        Go to your sessions
      </Link>
    </EmptyState>
  </main>
);
