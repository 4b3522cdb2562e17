// One item in its place, with when it was, the link that leads to it, and of a message the way to copy it.
import { Link2 } from 'lucide-react';
import { type MouseEvent, memo } from 'react';
import { copyText } from '../ui/copy-text.ts';
import { useToast } from '../ui/toast.tsx';
import { ItemCard, nameItem } from './cards/item-card.tsx';
import { useWholeEvent } from './cards/use-whole-event.ts';
import type { Item, Said } from './items/item.ts';
import type { LiveStore } from './live/live-store.ts';
import { CopyButton } from './text/copy-button.tsx';
import { KeptValues } from './text/kept.tsx';

type TimelineItemProps = {
  item: Item;
  index: number;
  count: number;
  live: LiveStore;
  kept: Map<string, unknown>;
  measure: (element: HTMLElement | null) => void;
  isLinked: boolean;
  isMissed: boolean;
  linkOf: ((sequence: number) => string) | undefined;
  /** When it was, where that is to be told. */
  time: string | undefined;
};

export const TimelineItem = memo((props: TimelineItemProps) => {
  const { item, index, count, live, kept, measure, isLinked, isMissed, linkOf, time } = props;
  return (
    <article
      ref={measure}
      data-index={index}
      data-key={item.key}
      aria-label={nameItem(item)}
      aria-posinset={index + 1}
      aria-setsize={count}
      tabIndex={-1}
      className={`group absolute inset-x-0 pr-4 focus-visible:-outline-offset-2 ${isLinked ? 'bg-accent-soft py-2' : ''} ${isMissed ? 'border-l-4 border-info pl-3' : 'pl-4'}`}
    >
      <div className="min-w-0">
        {time !== undefined && (
          <p className="pb-1 text-right text-xs text-muted tabular-nums">
            <time dateTime={item.at}>{time}</time>
          </p>
        )}
        {isMissed && <span className="sr-only">Came while the connection was lost</span>}
        <KeptValues values={kept} of={item.key}>
          <ItemCard item={item} live={live} />
        </KeptValues>
      </div>
      <div className="pointer-events-none absolute -top-4 right-3 flex rounded-md border border-line bg-raised opacity-0 group-focus-within:pointer-events-auto group-focus-within:opacity-100 group-hover:pointer-events-auto group-hover:opacity-100 empty:hidden">
        {item.kind === 'message' && <CopyMessage sessionId={item.sessionId} said={item.said} />}
        {linkOf && <ItemLink href={linkOf(item.key)} at={item.at} />}
      </div>
    </article>
  );
});

function CopyMessage({ sessionId, said }: { sessionId: string; said: Said }) {
  const whole = useWholeEvent(sessionId, said.sequence, false);
  if (said.isCut && !whole.data) return null; // It is offered once the whole is there.
  return (
    <CopyButton
      text={whole.data?.content ?? said.text}
      label="Copy the whole message"
      className="size-7 pointer-coarse:size-10"
    />
  );
}

/** Lies over the item that one points at or is in. A link as any other, so that it can be opened beside; a press copies it. */
function ItemLink({ href, at }: { href: string; at: string }) {
  const toast = useToast();
  const copy = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    copyText(new URL(href, location.href).href).then(
      () => toast('Link copied'),
      (error: Error) => toast(`Copying failed: ${error.message}`, true),
    );
  };
  return (
    <a
      href={href}
      onClick={copy}
      aria-label="Copy the link to this event"
      title={`Copy the link to this event of ${new Date(at).toLocaleString('en')}`}
      className="grid size-7 place-items-center rounded-md text-muted hover:text-text pointer-coarse:size-10"
    >
      <Link2 className="size-4" aria-hidden="true" />
    </a>
  );
}
