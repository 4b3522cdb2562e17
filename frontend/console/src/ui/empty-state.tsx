// What stands where there is nothing yet: it says what to do next.
import type { ReactNode } from 'react';

export const EmptyState = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className="mx-auto grid max-w-prose content-start justify-items-center gap-2 p-8 text-center">
    <p className="font-medium">{title}</p>
    <div className="text-sm text-muted">{children}</div>
  </div>
);
