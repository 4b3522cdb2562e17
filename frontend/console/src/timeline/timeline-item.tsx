// One item in its place, with the link that leads to it.
import { Link2 } from 'lucide-react';
import { type MouseEvent, memo } from 'react';
import { useToast } from '../ui/toast.tsx';
import { ItemCard, nameItem } from './cards/item-card.tsx';
import type { Item } from './items/item.ts';
import type { LiveStore } from './live/live-store.ts';
import { copyText } from './text/copy-button.tsx';
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
};

export const TimelineItem = memo((props: TimelineItemProps) => {
  const { item, index, count, live, kept, measure, isLinked, isMissed, linkOf } = props;
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
        {isMissed && <span className="sr-only">Came while the connection was lost</span>}
        <KeptValues values={kept} of={item.key}>
          <ItemCard item={item} live={live} />
        </KeptValues>
      </div>
      {linkOf && <ItemLink href={linkOf(item.key)} at={item.at} />}
    </article>
  );
});

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
      className="pointer-events-none absolute -top-4 right-3 grid size-7 place-items-center rounded-md border border-line bg-raised text-muted opacity-0 group-focus-within:pointer-events-auto group-focus-within:opacity-100 group-hover:pointer-events-auto group-hover:opacity-100 hover:text-text"
    >
      <Link2 className="size-4" aria-hidden="true" />
    </a>
  );
}
