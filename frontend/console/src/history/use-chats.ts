// One's chats, newest first, page by page; with a search those that have its words.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useLucid } from '../lucid.ts';
import { type Chat, chatsKey, findNextOffset, listChats, pageChats } from './chat-pages.ts';

export function useChats(search: string) {
  const lucid = useLucid();
  const { data, ...query } = useInfiniteQuery({
    queryKey: [...chatsKey, search],
    queryFn: async ({ pageParam: offset, signal }): Promise<Chat[]> => {
      const q = search === '' ? {} : { q: [search] };
      return (await lucid.chats.list({ limit: pageChats, offset, ...q }, { signal })).chats;
    },
    initialPageParam: 0,
    getNextPageParam: findNextOffset,
    placeholderData: keepPreviousData, // What was found stays until the next answer, so that nothing flickers.
  });
  const chats = useMemo(() => listChats(data), [data]);
  return { chats, isRead: data !== undefined, ...query };
}
