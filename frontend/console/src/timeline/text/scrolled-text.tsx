// Text of fixed width that scrolls sideways, also by keys.
import type { ReactNode } from 'react';

type ScrolledTextProps = { label: string; className?: string; children: ReactNode };

export const ScrolledText = ({ label, className = '', children }: ScrolledTextProps) => (
  // biome-ignore lint/a11y/useSemanticElements: it is no group of fields.
  <pre
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys.
    tabIndex={0}
    role="group"
    aria-label={label}
    dir="ltr"
    className={`overflow-x-auto font-mono focus-visible:-outline-offset-2 ${className}`}
  >
    {children}
  </pre>
);
