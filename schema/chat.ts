// A session's chat and messages, as they are stored and as REST shows them.
import type { Role } from './event.ts';
import type { Chat, ChatMessage } from './protocol/routes/chats.ts';
import { formatTime } from './rules/text.ts';

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

export const chatOf = ({ createdAtMs, updatedAtMs, ...row }: ChatRow): Chat => ({
  ...row,
  createdAt: formatTime(createdAtMs),
  updatedAt: formatTime(updatedAtMs),
});

export const messageOf = ({ createdAtMs, sequence, ...row }: MessageRow): ChatMessage => ({
  ...row,
  createdAt: formatTime(createdAtMs),
  sequence,
});
