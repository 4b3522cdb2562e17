// A line that opens to what stands behind it.
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useKept } from '../text/kept.tsx';

type FoldProps = {
  name: string;
  line: ReactNode;
  isOpenAtFirst?: boolean;
  children: ReactNode;
  className?: string;
};

export function Fold({ name, line, isOpenAtFirst = false, children, className = '' }: FoldProps) {
  const [isOpen, open] = useKept(name, isOpenAtFirst);
  return (
    <div className="min-w-0">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => open(!isOpen)}
        className={`group/fold flex min-h-7 w-full min-w-0 items-start gap-2 py-0.5 [&>*]:min-h-6 [&>span]:leading-6 text-left text-sm ${className}`}
      >
        <ChevronRight className={`h-6 w-4 shrink-0 text-muted ${isOpen ? 'rotate-90' : ''}`} aria-hidden="true" />
        {line}
      </button>
      {isOpen && children}
    </div>
  );
}
