// A list and what is chosen in it, in a column: beside each other, one over the other, or one at a time where it is narrow.
import { ArrowLeft } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
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
      <div className="grid min-h-0 flex-1 grid-cols-1 grid-rows-[fit-content(40%)_minmax(0,1fr)]">
        <div className="min-h-0 border-b border-line">{list}</div>
        <div className="min-h-0 min-w-0">{detail}</div>
      </div>
    );
  return <OneAtATime list={list} detail={detail} isChosen={isChosen} back={back} onBack={onBack} />;
}

/** The focus goes along: what it was on isn't there any more. */
function OneAtATime({ list, detail, isChosen, back, onBack }: Omit<ListAndDetailProps, 'width'>) {
  const around = useRef<HTMLDivElement>(null);
  const wasChosen = useRef(isChosen);
  useEffect(() => {
    if (wasChosen.current === isChosen) return;
    wasChosen.current = isChosen;
    around.current?.querySelector<HTMLElement>(isChosen ? 'button' : '[role=listbox], [role=tree]')?.focus();
  }, [isChosen]);
  return (
    <div ref={around} className="flex min-h-0 flex-1 flex-col">
      {isChosen ? (
        <>
          <div className="border-b border-line px-1 py-1">
            <Button tone="quiet" onClick={onBack}>
              <ArrowLeft className="size-4" aria-hidden="true" /> {back}
            </Button>
          </div>
          <div className="min-h-0 flex-1">{detail}</div>
        </>
      ) : (
        <div className="min-h-0 flex-1">{list}</div>
      )}
    </div>
  );
}
