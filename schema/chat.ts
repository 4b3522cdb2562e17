// The stored record of a session as REST shows it, and the parameters by which it is read.
import * as v from 'valibot';
import type { Role } from './event.ts';
import { limits } from './limits.ts';
import { documented } from './protocol/documented.ts';
import { formatTime } from './rules/text.ts';

const wholeNumber = (min: number, max: number, fallback: number) =>
  documented(
    v.pipe(
      v.optional(v.string(), String(fallback)),
      v.regex(/^-?\d{1,15}$/, 'must be a whole number'),
      v.transform(Number),
      v.check((value) => value >= min && value <= max, `must be from ${min} to ${max}`),
    ),
    { type: 'integer', minimum: min, maximum: max, default: fallback },
  );

/** `GET /chats?limit=&offset=`. */
export const ChatsQuery = v.object({
  limit: wholeNumber(1, 100, 50),
  offset: wholeNumber(0, 1_000_000_000, 0),
});

/** `GET /chats/{id}?include=system`. */
export const ChatQuery = v.object({ include: v.optional(v.picklist(['system'])) });

/** `GET /chats/{id}/messages?limit=&after_sequence=`. */
export const MessagesQuery = v.object({
  ...ChatQuery.entries,
  limit: wholeNumber(1, limits.pageRowsMax, 100),
  after_sequence: wholeNumber(0, limits.sequenceMax, 0),
});

/** A row of `chat_sessions`. */
export type ChatRow = {
  id: string;
  agentSessionId: string | null;
  projectId: string | null;
  title: string;
  modelProvider: string | null;
  isActive: boolean;
  createdAtMs: number;
  updatedAtMs: number;
};

/** A row of `chat_messages`. */
export type MessageRow = {
  id: string;
  role: Role;
  content: string;
  eventType: string | null;
  metadataJson: string | null;
  sequence: number;
  createdAtMs: number;
};

export const chatOf = ({ createdAtMs, updatedAtMs, ...row }: ChatRow) => ({
  ...row,
  createdAt: formatTime(createdAtMs),
  updatedAt: formatTime(updatedAtMs),
});

export const messageOf = ({ createdAtMs, sequence, ...row }: MessageRow) => ({
  ...row,
  createdAt: formatTime(createdAtMs),
  sequence,
});
