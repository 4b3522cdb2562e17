// The conversation as a timeline: one item for each thing that was said or done, of which those in sight are drawn.
import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Session, SessionEvent, SessionView } from '../lucid.ts';
import { Button } from '../ui/button.tsx';
import { Announcer } from './announcer.tsx';
import { describeTime } from './describe-time.ts';
import { estimateHeight } from './estimate-height.ts';
import { findItem, ItemBuilder } from './items/build-items.ts';
import { useLive, useLiveStore } from './live/live-store.ts';
import { Tail, type WaitingMessage } from './tail.tsx';
import { TimelineItem } from './timeline-item.tsx';
import { endPixels, useFollow } from './use-follow.ts';
import { useItemKeys } from './use-item-keys.ts';
import { WorkLine } from './work-line.tsx';

export type TimelineProps = {
  events: readonly SessionEvent[];
  /** For what is shown while it happens and never stored; null in a replay and until a page is mounted. */
  session: Session | null;
  /** Whether a turn goes on. */
  isWorking: boolean;
  /** The sequence of the event that a link leads to. */
  linkedSequence?: number | undefined;
  /** What came while the connection was lost, which is marked. */
  missed?: SessionView['missed'];
  /** The address of an event, for its link; absent where there is none to give. */
  linkOf?: (sequence: number) => string;
  /** What a person has said that the engine hasn't taken yet. */
  waiting?: readonly WaitingMessage[];
};

const nothingWaits: readonly WaitingMessage[] = [];

export function Timeline(props: TimelineProps) {
  const { events, session, isWorking, linkedSequence, missed = null, linkOf, waiting = nothingWaits } = props;
  const builder = useMemo(() => new ItemBuilder(), []);
  const items = useMemo(() => builder.take(events), [builder, events]);
  const live = useLiveStore(session);
  const isMoving = useLive(live, (now) => now.isMoving);
  const box = useRef<HTMLDivElement>(null);
  const [activeKey, activate] = useState<number>();
  const [kept] = useState(() => new Map<string, unknown>());

  const activeIndex = activeKey === undefined ? -1 : findItem(items, activeKey);
  const list = useVirtualizer<HTMLDivElement, HTMLElement>({
    count: items.length + 1,
    getScrollElement: () => box.current,
    getItemKey: useCallback((index: number) => items[index]?.key ?? 'tail', [items]),
    estimateSize: (index) => (items[index] ? estimateHeight(items[index]) : 8),
    rangeExtractor: useCallback((range: Range) => withActive(defaultRangeExtractor(range), activeIndex), [activeIndex]),
    ...{ overscan: 6, gap: 8, paddingStart: 12, paddingEnd: 12 },
    anchorTo: 'end',
    scrollEndThreshold: endPixels,
    directDomUpdates: true,
    directDomUpdatesMode: 'position',
  });
  const follow = useFollow(box, list, items, linkedSequence === undefined);
  const linkedKey = useLinked(linkedSequence, items, (index) => list.scrollToIndex(index, { align: 'center' }));
  const keys = useItemKeys({ box, items, list, activeKey, activate, follow });
  const through = events.at(-1)?.sequence ?? 0;

  return (
    <div className="grid min-h-0 grid-cols-1 grid-rows-[minmax(0,1fr)_auto]">
      <div className="relative min-h-0">
        <div
          ref={box}
          role="feed"
          aria-label="Events"
          aria-busy={events.length === 0}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a feed is moved through by keys.
          tabIndex={0}
          onKeyDown={keys.hearKey}
          className="h-full overflow-x-hidden overflow-y-auto [overflow-anchor:none] focus-visible:-outline-offset-2"
        >
          <div ref={list.containerRef} className="relative mx-auto w-full max-w-4xl">
            {list.getVirtualItems().map(({ index, key }) => {
              const item = items[index];
              return item ? (
                <TimelineItem
                  key={key}
                  {...{ item, index, live, kept, linkOf }}
                  count={items.length}
                  time={describeTime(item, items[index - 1])}
                  measure={list.measureElement}
                  isLinked={key === linkedKey}
                  isMissed={missed !== null && item.key >= missed.fromSequence && item.key <= missed.toSequence}
                />
              ) : (
                <div key={key} ref={list.measureElement} data-index={index} className="absolute inset-x-0 px-4">
                  <Tail {...{ live, through, waiting }} isWriting={isWorking} />
                </div>
              );
            })}
          </div>
        </div>
        {!follow.isFollowing && items.length > 0 && <JumpButton items={items} onJump={follow.jump} />}
      </div>
      {(isWorking || isMoving) && <WorkLine {...{ items, live, through }} isLive={session !== null} />}
      <Announcer items={items} />
    </div>
  );
}

/** The item that has the focus stays drawn wherever one scrolls to. */
function withActive(indexes: number[], active: number): number[] {
  if (active < 0 || indexes.includes(active)) return indexes;
  return active < (indexes[0] ?? 0) ? [active, ...indexes] : [...indexes, active];
}

/** Goes to the linked event once, when it is there. @returns the key of its item */
function useLinked(
  sequence: number | undefined,
  items: readonly { key: number; through: number }[],
  scrollTo: (index: number) => void,
): number | undefined {
  const gone = useRef<number>(undefined);
  const isThere = sequence !== undefined && (items.at(-1)?.through ?? 0) >= sequence;
  const index = isThere ? findItem(items as never, sequence) : -1;
  useEffect(() => {
    if (index < 0 || gone.current === sequence) return;
    gone.current = sequence;
    scrollTo(index);
  });
  return items[index]?.key;
}

type JumpButtonProps = { items: readonly { key: number }[]; onJump(): void };

/** Tells what came since one has left the end. */
function JumpButton({ items, onJump }: JumpButtonProps) {
  const [seen] = useState(() => items.at(-1)?.key ?? 0);
  const count = items.length - 1 - findItem(items as never, seen);
  return (
    <Button onClick={onJump} className="absolute bottom-3 left-1/2 -translate-x-1/2 bg-raised shadow-overlay">
      <ArrowDown className="size-4" aria-hidden="true" />
      Jump to latest{count > 0 && ` (${count} new)`}
    </Button>
  );
}
