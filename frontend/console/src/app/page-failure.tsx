// What stands in place of a page that broke: what happened, and the ways on.
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { Failure } from '../ui/failure.tsx';

export const PageFailure = ({ error, reset }: ErrorComponentProps) => (
  <main className="grid h-full content-center justify-items-center gap-4 p-6">
    <Failure
      error={error instanceof Error ? error : new Error(String(error))}
      doing="Showing this page"
      retry={reset}
    />
    <Link to="/" className="text-accent underline">
      Go to your sessions
    </Link>
  </main>
);
