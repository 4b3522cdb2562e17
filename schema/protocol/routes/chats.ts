// The routes of chats: list, read whole or page by page, rename, delete.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { nonBlankText, wholeNumberText } from '../fields.ts';

/** `GET /chats?limit=&offset=`. */
export const ChatsQuery = v.object({
  limit: wholeNumberText(1, 100, 50),
  offset: wholeNumberText(0, 1_000_000_000, 0),
});

/** `GET /chats/{id}?include=system`. */
export const ChatQuery = v.object({ include: v.optional(v.picklist(['system'])) });

/** `GET /chats/{id}/messages?limit=&after_sequence=`. */
export const MessagesQuery = v.object({
  ...ChatQuery.entries,
  limit: wholeNumberText(1, limits.pageRowsMax, 100),
  after_sequence: wholeNumberText(0, limits.sequenceMax, 0),
});

export const RenameChat = v.object({ title: nonBlankText(limits.titleCharsMax) });
