// One's chats as a list of any length, of which only what is seen is drawn.
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';
import { useNow } from '../ui/use-now.ts';
import { useRowKeys } from '../ui/use-row-keys.ts';
import type { Chat } from './chat-pages.ts';
import { ChatRow } from './chat-row.tsx';
import { DeleteChatDialog } from './delete-chat-dialog.tsx';
import { useChatActs } from './use-chat-acts.ts';
import { useChats } from './use-chats.ts';

/** Of a row without a place where it was found, in pixels; each is measured once it is drawn. */
const rowHeight = 68;
/** Rows that are drawn beyond what is seen, so that keys and fast scrolling find them. */
const overscanRows = 8;
/** So many rows before the end the next page is asked for. */
const rowsBeforeNextPage = 15;
const ageIntervalMs = 20_000;

export function ChatList({ search }: { search: string }) {
  const { chats, isRead, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useChats(search);
  const nowMs = useNow(ageIntervalMs);
  const acts = useChatActs();
  const [doomed, setDoomed] = useState<Chat>();
  const box = useRef<HTMLDivElement>(null);
  const rows = useRowKeys(box, () => undefined);
  const virtual = useVirtualizer({
    count: chats.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    getItemKey: (at) => chats[at]?.id ?? at,
    overscan: overscanRows,
  });
  const items = virtual.getVirtualItems();
  const isNearEnd = (items.at(-1)?.index ?? 0) >= chats.length - rowsBeforeNextPage;
  useEffect(() => {
    if (isNearEnd && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [isNearEnd, hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <div ref={box} {...rows} className="overflow-y-auto pb-6">
      {error && (
        <div className="p-4">
          <Failure error={error} doing="Reading your chats" retry={() => void refetch()} />
        </div>
      )}
      {isRead && chats.length === 0 && <Nothing search={search} />}
      <ol
        aria-label="Chats"
        className="relative box-content overflow-hidden border-y border-line bg-surface empty:border-0 sm:rounded-md sm:border-x"
        style={{ height: virtual.getTotalSize() }}
      >
        {items.map(({ index, key, start }) => {
          const chat = chats[index];
          return (
            chat && (
              <li
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className="absolute inset-x-0 top-0 border-b border-line last:border-b-0"
                style={{ transform: `translateY(${start}px)` }}
              >
                <ChatRow chat={chat} search={search} nowMs={nowMs} acts={acts} onDelete={setDoomed} />
              </li>
            )
          );
        })}
      </ol>
      {isFetchingNextPage && <p className="p-4 text-center text-sm text-muted">Reading more…</p>}
      {doomed && <DeleteChatDialog chat={doomed} remove={acts.remove} onClose={() => setDoomed(undefined)} />}
    </div>
  );
}

const Nothing = ({ search }: { search: string }) =>
  search === '' ? (
    <EmptyState title="Nothing was said yet">
      <Link to="/" className="text-accent underline">
        Start a task
      </Link>{' '}
      and what comes of it is found here.
    </EmptyState>
  ) : (
    <EmptyState title="No chat has all of these words">
      Fewer words, or only their beginnings, find more. What commands printed isn’t searched.
    </EmptyState>
  );
