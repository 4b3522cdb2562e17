// What stands where there is nothing yet: it says what to do next.
import type { ReactNode } from 'react';

/** `isPage`: whether it is all of its page, which then has its title for a heading. */
type EmptyStateProps = { title: string; children?: ReactNode; isPage?: boolean };

export function EmptyState({ title, children, isPage = false }: EmptyStateProps) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <div className="mx-auto grid max-w-prose content-start justify-items-center gap-2 p-8 text-center">
      <Title className="font-medium">{title}</Title>
      <div className="text-sm text-muted">{children}</div>
    </div>
  );
}
