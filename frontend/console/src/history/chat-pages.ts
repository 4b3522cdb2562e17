// The pages of chats that the browser has read: one list of them, and what renaming and deleting change in it.
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { Calls } from '../lucid.ts';

export type Chat = Calls['listChats']['answer']['chats'][number];
export type ChatPages = InfiniteData<Chat[]>;

/** All lists of chats, whatever they were searched for. */
export const chatsKey = ['chats'];
/** Chats of one page: what fills a screen a few times. */
export const pageChats = 50;

/** Each once: between two pages a chat may have moved to the front. */
export function listChats(pages: ChatPages | undefined): Chat[] {
  const chats = new Map<string, Chat>();
  for (const chat of pages?.pages.flat() ?? []) if (!chats.has(chat.id)) chats.set(chat.id, chat);
  return [...chats.values()];
}

/** @returns where the next page begins; undefined after the last one */
export const findNextOffset = (page: readonly Chat[], _: unknown, offset: number): number | undefined =>
  page.length < pageChats ? undefined : offset + pageChats;

const changePages = (client: QueryClient, change: (page: Chat[]) => Chat[]): void =>
  client
    .getQueryCache()
    .findAll({ queryKey: chatsKey })
    .forEach(({ queryKey }) => {
      client.setQueryData<ChatPages>(queryKey, (data) => data && { ...data, pages: data.pages.map(change) });
    });

export const showTitle = (client: QueryClient, chatId: string, title: string): void =>
  changePages(client, (page) => page.map((chat) => (chat.id === chatId ? { ...chat, title } : chat)));

export const hideChat = (client: QueryClient, chatId: string): void =>
  changePages(client, (page) => page.filter(({ id }) => id !== chatId));
