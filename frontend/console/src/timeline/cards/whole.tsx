// A text whose frame may have been cut, with the way to the whole of it.
import type { ReactNode } from 'react';
import type { Said } from '../items/item.ts';
import { useKept } from '../text/kept.tsx';
import { useWholeEvent, type WholeEvent } from './use-whole-event.ts';

type WholeProps = {
  sessionId: string;
  said: Said;
  /** Whether the whole is asked for at once rather than when one wants it. */
  isAtOnce?: boolean;
  children: (text: string, whole: WholeEvent | undefined) => ReactNode;
};

export function Whole({ sessionId, said, isAtOnce = false, children }: WholeProps) {
  const [isWanted, want] = useKept('whole', isAtOnce);
  const { data, error, isFetching, refetch } = useWholeEvent(sessionId, said.sequence, said.isCut && isWanted);
  const press = () => (isWanted ? void refetch() : want(true));
  return (
    <>
      {children(data?.content ?? said.text, data)}
      {said.isCut && !data && (
        <p className="flex flex-wrap items-center gap-2 px-3 py-1 text-xs text-muted">
          {error ? `The rest could not be read: ${error.message}` : 'A part of it is left out.'}
          <button
            type="button"
            disabled={isFetching}
            onClick={press}
            className="min-h-6 text-accent underline disabled:no-underline disabled:opacity-70"
          >
            {isFetching ? 'Reading the rest…' : error ? 'Try again' : 'Show the rest'}
          </button>
        </p>
      )}
    </>
  );
}
