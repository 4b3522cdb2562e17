// What stands in place of a session that can't be shown: why, and the ways on.
import { Link } from '@tanstack/react-router';
import { LucidError } from '../lucid.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';

export const OpeningFailure = ({ error }: { error: Error }) => (
  <main className="grid h-full content-center justify-items-center gap-4 p-6">
    <Reason error={error} />
    <p className="flex gap-4">
      <Link to="/" className="text-accent underline">
        Go to your sessions
      </Link>
      <Link to="/history" className="text-accent underline">
        Search in History
      </Link>
    </p>
  </main>
);

function Reason({ error }: { error: Error }) {
  const code = error instanceof LucidError ? error.code : undefined;
  if (code === 'noSuchSession')
    return (
      <EmptyState title="There is no session at this address" isPage>
        It may have been deleted, or the address is not whole.
      </EmptyState>
    );
  if (code === 'notYours')
    return (
      <EmptyState title="This session is somebody else’s" isPage>
        Whoever it belongs to can share a link to watch it.
      </EmptyState>
    );
  return <Failure error={error} doing="Opening the session" />;
}
