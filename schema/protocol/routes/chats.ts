// The routes of chats: list, read whole or page by page, download, fork, rename, delete.
import * as v from 'valibot';
import { failed } from '../../error.ts';
import { roles } from '../../event.ts';
import { limits } from '../../limits.ts';
import { timestamp, wholeNumber } from '../answer-fields.ts';
import { exampleSession } from '../examples.ts';
import { emptyAsAbsent, nonBlankText, text, wholeNumberText } from '../fields.ts';
import { declareAnswer, declareBody, declareDownload, type RouteDeclaration } from '../route.ts';
import { databaseErrors, hostErrors } from './errors.ts';
import { IdempotencyKey } from './sessions.ts';

/** How many messages `GET /chats/{id}` answers; a longer chat is read page by page. */
export const chatMessagesMax = 10_000;

const { sessionId, chatId, task, createdAt, updatedAt } = exampleSession;

/** Words of a search; more find nothing that these don't. */
const searchWordsMax = 16;

/** What a search field holds, in words: other characters are no part of a search, and a blank field asks for none. */
const SearchWords = v.optional(
  v.pipe(
    v.string(),
    v.maxLength(limits.titleCharsMax),
    v.transform((text) => (text.trim() === '' ? undefined : wordsOf(text).slice(0, searchWordsMax))),
  ),
);

const wordsOf = (text: string): string[] =>
  [...text.normalize('NFC').matchAll(/[\p{L}\p{N}\p{M}]+/gu)].map(([word]) => word);

export const ChatsQuery = v.object({
  limit: wholeNumberText(1, 100, 50),
  offset: wholeNumberText(0, 1_000_000_000, 0),
  q: SearchWords,
});

/** A query in which `include=system` adds the events of role `system`. */
export const ChatQuery = v.object({ include: v.optional(v.picklist(['system'])) });

export const MessagesQuery = v.object({
  ...ChatQuery.entries,
  limit: wholeNumberText(1, limits.pageRowsMax, 100),
  after_sequence: wholeNumberText(0, limits.sequenceMax, 0),
});

const Chat = v.strictObject({
  id: v.string(),
  agentSessionId: v.pipe(v.nullable(v.string()), v.description('The `sessionId` of its session')),
  projectId: v.nullable(v.string()),
  title: v.string(),
  modelProvider: v.nullable(v.string()),
  isActive: v.boolean(),
  createdAt: timestamp,
  updatedAt: timestamp,
});
export type Chat = v.InferOutput<typeof Chat>;

export const ChatMessage = v.strictObject({
  id: v.string(),
  role: v.picklist(roles),
  content: v.string(),
  eventType: v.nullable(v.string()),
  metadataJson: v.pipe(v.nullable(v.string()), v.description('What else the event holds, as JSON')),
  createdAt: timestamp,
  sequence: v.pipe(wholeNumber, v.description('1, 2, 3 … within the session; 0 for messages of the reference')),
});
export type ChatMessage = v.InferOutput<typeof ChatMessage>;

export const ListedChat = v.strictObject({
  ...Chat.entries,
  match: v.exactOptional(
    v.pipe(
      v.nullable(v.strictObject({ sequence: wholeNumber, snippet: v.string() })),
      v.description('With `q`: the last message that has one of its words; null where only the title has any'),
    ),
  ),
});

const exampleChat: Chat = {
  id: chatId,
  agentSessionId: sessionId,
  projectId: null,
  title: task,
  modelProvider: 'anthropic',
  isActive: false,
  createdAt,
  updatedAt,
};

const exampleMessage: ChatMessage = {
  id: '01a20796-a6eb-7c02-9d1f-5f5d4c1f0a77',
  role: 'user',
  content: task,
  eventType: 'InitialTask',
  metadataJson: null,
  createdAt,
  sequence: 2,
};

const ChatPath = v.object({ id: v.pipe(v.string(), v.description('The `id` of the chat')) });

export const listChats = {
  method: 'get',
  path: '/api/v1/chats',
  tag: 'Chats',
  summary:
    "List the caller's chats, newest first; with `q` those that have all its words in the title or in what was said",
  isOpen: false,
  query: ChatsQuery,
  answer: declareAnswer(v.strictObject({ chats: v.array(ListedChat) }), { chats: [exampleChat] }),
  errors: ['overloaded', ...databaseErrors],
} as const satisfies RouteDeclaration;

export const readChat = {
  method: 'get',
  path: '/api/v1/chats/{id}',
  tag: 'Chats',
  summary: 'Read a chat with its messages',
  isOpen: false,
  parameters: ChatPath,
  query: ChatQuery,
  answer: declareAnswer(
    v.strictObject({
      ...Chat.entries,
      messages: v.array(ChatMessage),
      truncated: v.exactOptional(
        v.pipe(v.literal(true), v.description(`Where there are more than ${chatMessagesMax}: read pages instead`)),
      ),
    }),
    { ...exampleChat, messages: [exampleMessage] },
  ),
  errors: ['noSuchChat', ...databaseErrors],
} as const satisfies RouteDeclaration;

const ExportedChat = v.strictObject({ ...Chat.entries, messages: v.array(ChatMessage) });

export const exportChat = {
  method: 'get',
  path: '/api/v1/chats/{id}/export',
  tag: 'Chats',
  summary: 'Download a chat of any length, with all that its events hold as JSON, or to be read as Markdown',
  isOpen: false,
  parameters: ChatPath,
  query: v.object({ format: v.optional(v.picklist(['json', 'markdown']), 'json') }),
  answer: declareDownload({
    'application/json': { schema: ExportedChat, example: { ...exampleChat, messages: [exampleMessage] } },
    'text/markdown; charset=utf-8': {
      schema: v.string(),
      example: `# ${task}\n\n${createdAt}\n\n## User\n\n${task}\n`,
    },
  }),
  errors: ['noSuchChat', 'overloaded', ...databaseErrors],
} as const satisfies RouteDeclaration;

export const readMessages = {
  method: 'get',
  path: '/api/v1/chats/{id}/messages',
  tag: 'Chats',
  summary: 'Read a page of messages',
  isOpen: false,
  parameters: ChatPath,
  query: MessagesQuery,
  answer: declareAnswer(
    v.strictObject({
      messages: v.array(ChatMessage),
      nextAfterSequence: v.pipe(
        v.nullable(wholeNumber),
        v.description('What to ask for as `after_sequence` next; null after the last page'),
      ),
    }),
    { messages: [exampleMessage], nextAfterSequence: null },
  ),
  errors: ['noSuchChat', ...databaseErrors],
} as const satisfies RouteDeclaration;

export const RenameChat = v.object({ title: nonBlankText(limits.titleCharsMax) });

/** Refuses a missing or empty title with 400, as the reference does. */
function findMissingTitle(json: unknown) {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const title = 'title' in json ? json.title : undefined;
  const isMissing = title === undefined || title === null || (typeof title === 'string' && title.trim() === '');
  return isMissing ? failed('missingTitle', 'title: is required').failure : undefined;
}

export const renameChat = {
  method: 'patch',
  path: '/api/v1/chats/{id}',
  tag: 'Chats',
  summary: 'Rename a chat',
  isOpen: false,
  parameters: ChatPath,
  body: { ...declareBody(RenameChat, { title: 'Hello world' }), refuse: findMissingTitle },
  answer: declareAnswer(v.strictObject({ status: v.literal('updated'), id: v.string(), title: v.string() }), {
    status: 'updated',
    id: chatId,
    title: 'Hello world',
  }),
  errors: ['missingTitle', 'noSuchChat', ...databaseErrors],
} as const satisfies RouteDeclaration;

export const deleteChat = {
  method: 'delete',
  path: '/api/v1/chats/{id}',
  tag: 'Chats',
  summary: 'Delete a chat with its messages; its session is stopped first',
  isOpen: false,
  parameters: ChatPath,
  answer: declareAnswer(v.strictObject({ status: v.literal('deleted'), id: v.string() }), {
    status: 'deleted',
    id: chatId,
  }),
  errors: ['noSuchChat', ...hostErrors],
} as const satisfies RouteDeclaration;

const ForkChat = v.object({
  untilSequence: v.nullish(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(limits.sequenceMax),
      v.description('The last event to copy; the whole chat where it is absent'),
    ),
  ),
  task: v.pipe(
    emptyAsAbsent(text(limits.taskCharsMax)),
    v.description("What lists say of it; the chat's own where absent"),
  ),
});

export const forkChat = {
  method: 'post',
  path: '/api/v1/chats/{id}/fork',
  tag: 'Chats',
  summary:
    "Make a session whose conversation begins with a copy of a chat's; it rests until its first message, and its workspace begins anew",
  isOpen: false,
  isCommand: true,
  parameters: ChatPath,
  headers: IdempotencyKey,
  body: declareBody(ForkChat, { untilSequence: 12, task: 'Write hello world in another way' }),
  answer: declareAnswer(
    v.strictObject({
      status: v.literal('forked'),
      sessionId: v.string(),
      chatId: v.string(),
      untilSequence: v.pipe(
        wholeNumber,
        v.description('The last event that was copied: the last one where no answer of the agent is cut apart'),
      ),
    }),
    {
      status: 'forked',
      sessionId: '01a2079f-4a10-7d02-8c5e-2b1f0c9d7e64',
      chatId: '01a2079f-4a10-7d02-8c5e-2b200f6a1c35',
      untilSequence: 12,
    },
  ),
  errors: [
    'noSuchChat',
    'nothingToFork',
    'chatTooLong',
    'badRepoUrl',
    'badBranch',
    'idReused',
    'tooManySessions',
    'overloaded',
    'draining',
    ...databaseErrors,
  ],
} as const satisfies RouteDeclaration;
