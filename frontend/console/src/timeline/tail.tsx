// The end of a timeline: what is being thought and written.
import { memo } from 'react';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { shownDraft } from './live/live.ts';
import { type LiveStore, useLive } from './live/live-store.ts';
import { Markdown } from './text/markdown.tsx';

/** The end of a thought: some lines. */
const thoughtCharsShown = 400;

/** @param through the sequence of the last event that is shown, with which a draft ends */
type TailProps = { live: LiveStore; through: number };

export const Tail = memo(({ live, through }: TailProps) => {
  const thought = useLive(live, (now) => shownDraft(now.thought, through));
  const answer = useLive(live, (now) => shownDraft(now.answer, through));
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-2 pb-2">
      {thought !== '' && (
        <p className="border-l border-line pl-3 text-sm whitespace-pre-wrap text-muted">
          Thinking: {thought.length > thoughtCharsShown && '…'}
          <DeceptiveText text={thought.slice(-thoughtCharsShown)} />
        </p>
      )}
      {answer !== '' && (
        <div className="py-1">
          <Markdown text={answer} />
        </div>
      )}
    </div>
  );
});
