// The end of a timeline: what is being thought and written, or why nothing happens.
import { memo } from 'react';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { formatDuration } from '../ui/format.ts';
import { shownDraft } from './live/live.ts';
import { type LiveStore, useLive } from './live/live-store.ts';
import { Markdown } from './text/markdown.tsx';

/** The end of a thought: some lines. */
const thoughtCharsShown = 400;

/** @param through the sequence of the last event that is shown, with which a draft ends */
type TailProps = { live: LiveStore; isWorking: boolean; through: number };

export const Tail = memo(({ live, isWorking, through }: TailProps) => {
  const thought = useLive(live, (now) => shownDraft(now.thought, through));
  const answer = useLive(live, (now) => shownDraft(now.answer, through));
  const retry = useLive(live, (now) => now.retry);
  const queuePosition = useLive(live, (now) => now.queuePosition);
  const reason = retry
    ? `The model’s provider failed (${retry.code}). It is asked again in ${formatDuration(retry.waitMs)}.`
    : queuePosition !== null
      ? `Waiting for a sandbox: place ${queuePosition} in the queue.`
      : 'The agent is at work.';
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
      {isWorking && thought === '' && answer === '' && (
        <p className="flex items-center gap-2 text-sm text-muted">
          <span className="size-2 rounded-full bg-accent" aria-hidden="true" />
          {reason}
        </p>
      )}
    </div>
  );
});
