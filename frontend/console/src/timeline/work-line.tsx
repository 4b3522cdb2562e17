// Below a timeline, in its own place, so that nothing moves: what goes on right now, and for how long the turn goes on.
import { memo } from 'react';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { Elapsed } from '../ui/elapsed.tsx';
import { describeWork, findTurnStart } from './describe-work.ts';
import type { Item } from './items/item.ts';
import { type LiveStore, useLive } from './live/live-store.ts';

/** Characters of a command or path: more than a line has room for. */
const subjectCharsMax = 300;

/** `isLive`: not in a replay, whose turns took their time long ago. */
type WorkLineProps = { items: readonly Item[]; live: LiveStore; through: number; isLive: boolean };

export const WorkLine = memo(({ items, live, through, isLive }: WorkLineProps) => {
  const now = useLive(live, (shown) => shown);
  const { words, subject } = describeWork(items, now, through);
  const since = isLive ? findTurnStart(items) : undefined;
  return (
    <div className="border-t border-line">
      <p className="mx-auto flex h-9 w-full max-w-4xl items-center gap-2 px-4 text-sm">
        <span
          className="mx-1 size-2 shrink-0 rounded-full bg-accent outline-4 outline-accent-soft"
          aria-hidden="true"
        />
        <span className="min-w-0 flex-1 truncate">
          {words}
          {subject !== undefined && (
            <code dir="ltr" className="ml-1.5 font-mono text-xs text-muted">
              <DeceptiveText text={subject.slice(0, subjectCharsMax)} />
            </code>
          )}
        </span>
        {since !== undefined && (
          <span className="shrink-0 text-xs text-muted tabular-nums" title="How long the turn has been going on">
            <Elapsed since={since} />
          </span>
        )}
      </p>
    </div>
  );
});
