// The end of a timeline: what is being thought and written, and what waits to be sent.
import { memo } from 'react';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { Typed } from './cards/message-card.tsx';
import { describeWriting } from './live/describe-writing.ts';
import { shownCall, shownDraft, type WrittenCall } from './live/live.ts';
import { type LiveStore, useLive } from './live/live-store.ts';
import { Markdown } from './text/markdown.tsx';

/** The end of a thought: some lines. */
const thoughtCharsShown = 400;

export type WaitingMessage = { id: number; text: string };

/** @param through the sequence of the last event that is shown, with which a draft ends */
type TailProps = { live: LiveStore; through: number; isWriting: boolean; waiting: readonly WaitingMessage[] };

export const Tail = memo(({ live, through, isWriting, waiting }: TailProps) => {
  const thought = useLive(live, (now) => (isWriting ? shownDraft(now.thought, through) : ''));
  const answer = useLive(live, (now) => (isWriting ? shownDraft(now.answer, through) : ''));
  const call = useLive(live, (now) => (isWriting ? shownCall(now.call, through) : null));
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
      {call && <WritingLine call={call} />}
      {waiting.length > 0 && (
        <ul aria-label="Messages that wait" className="grid gap-2">
          {waiting.map(({ id, text }) => (
            <li
              key={id}
              className="ml-auto w-fit max-w-[min(100%,40rem)] rounded-lg border border-dashed border-line-strong px-3 py-2 text-muted"
            >
              <Typed text={text} />
              <p className="text-right text-xs">Waiting to be sent</p>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
});

/** It has the height of a line, however much is written, so that nothing moves. */
function WritingLine({ call }: { call: WrittenCall }) {
  const { tool, subject, chars } = describeWriting(call);
  return (
    <p className="flex min-w-0 items-center gap-2 rounded-md border border-dashed border-line-strong px-3 py-1 text-sm text-muted">
      <span className="shrink-0 font-mono">
        <DeceptiveText text={tool} />
      </span>
      <code dir="ltr" className="min-w-0 flex-1 truncate font-mono text-xs">
        <DeceptiveText text={subject ?? ''} />
      </code>
      <span className="shrink-0 text-xs tabular-nums">{chars.toLocaleString('en')} characters</span>
    </p>
  );
}
