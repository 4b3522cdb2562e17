// A list and what is chosen in it, in a column: beside each other, one over the other, or one at a time where it is narrow.
import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';

/** Pixels from which a list and its detail have room over, and beside each other. */
export const bothMin = 420;
const besideMin = 760;

type ListAndDetailProps = {
  width: number;
  list: ReactNode;
  detail: ReactNode;
  /** Whether something is chosen. */
  isChosen: boolean;
  /** What leads back to the list, such as “All files”. */
  back: string;
  onBack(): void;
};

export function ListAndDetail({ width, list, detail, isChosen, back, onBack }: ListAndDetailProps) {
  if (width >= besideMin)
    return (
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(14rem,18rem)_minmax(0,1fr)]">
        <div className="min-h-0 border-r border-line">{list}</div>
        <div className="min-h-0 min-w-0">{detail}</div>
      </div>
    );
  if (width >= bothMin)
    return (
      <div className="grid min-h-0 flex-1 grid-cols-1 grid-rows-[minmax(0,2fr)_minmax(0,3fr)]">
        <div className="min-h-0 border-b border-line">{list}</div>
        <div className="min-h-0 min-w-0">{detail}</div>
      </div>
    );
  if (!isChosen) return <div className="min-h-0 flex-1">{list}</div>;
  return (
    <div className="grid min-h-0 flex-1 grid-cols-1 grid-rows-[auto_minmax(0,1fr)]">
      <div className="border-b border-line px-1 py-1">
        <Button tone="quiet" onClick={onBack}>
          <ArrowLeft className="size-4" aria-hidden="true" /> {back}
        </Button>
      </div>
      <div className="min-h-0 min-w-0">{detail}</div>
    </div>
  );
}
