// REST for chats: list, read whole or page by page, download, fork, rename, delete. A user's own only.
import { chatOf, messageOf } from '../../../schema/chat.ts';
import { type ErrorCode, failed, type Outcome, succeeded } from '../../../schema/error.ts';
import type { AnswerOf } from '../../../schema/protocol/route.ts';
import { chatMessagesMax } from '../../../schema/protocol/routes/chats.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import type { DirectWrites } from '../../database/direct-writes.ts';
import type { History } from '../../database/history.ts';
import type { FoundChat } from '../../database/queries/search-chats.ts';
import type { RemoveSnapshots } from '../../sandboxes/deleted-snapshots.ts';
import type { Forks } from '../../sessions/forks.ts';
import { markOf } from '../../sessions/request-mark.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { AuditedAct } from '../audit.ts';
import { readPages, writeJson, writeMarkdown } from '../chat-export.ts';
import { nameFile } from '../name-file.ts';
import { UserCounts } from '../user-counts.ts';
import { type AuditRule, type Handlers, type RouteRequest, sessionIdIn } from './handler.ts';

export type ChatRouteDependencies = {
  history: History;
  writes: DirectWrites;
  sessions: Sessions;
  forks: Forks;
  /** The key of the digests by which a repeated request is known. */
  digestSecret: string;
  /** Removes what is kept of a session's workspace; absent where nothing is. */
  removeSnapshots: RemoveSnapshots | undefined;
};

type ChatRoutes = Pick<
  Routes,
  'listChats' | 'readChat' | 'readMessages' | 'exportChat' | 'forkChat' | 'renameChat' | 'deleteChat'
>;

const auditAs = (act: AuditedAct): AuditRule => ({ act, findSubject: ({ parameters: [chat] }) => ({ chat }) });

export function makeChatHandlers(dependencies: ChatRouteDependencies): Handlers<ChatRoutes> {
  const { history, writes } = dependencies;
  const searches = new UserCounts(searchesPerUserMax);
  return {
    listChats: {
      handle: async ({ principal: { userId }, query: { q: words, ...page } }) =>
        words === undefined
          ? succeeded({ chats: (await history.listChats(userId, page)).map(chatOf) })
          : searchChats(userId, searches, () => history.searchChats(userId, words, page)),
    },
    readChat: { audit: auditAs('chat.read'), handle: (request) => readChat(request, history) },
    readMessages: { audit: auditAs('chat.read'), handle: (request) => readMessages(request, history) },
    exportChat: { audit: auditAs('chat.read'), handle: (request) => exportChat(request, history) },
    renameChat: {
      audit: auditAs('chat.renamed'),
      handle: async ({ principal, parameters, body }) => {
        const chat = await writes.renameChat(principal.userId, parameters.id, body.title);
        return chat ? succeeded({ status: 'updated', id: chat.id, title: chat.title }) : noSuchChat;
      },
    },
    forkChat: {
      audit: {
        act: 'chat.forked',
        findSubject: ({ parameters: [chat] }, answer) => ({ chat, session: sessionIdIn(answer) }),
      },
      handle: (request) => forkChat(request, dependencies),
    },
    deleteChat: { audit: auditAs('chat.deleted'), handle: (request) => deleteChat(request, dependencies) },
  };
}

/** Searches of one user at once: more would wait for each other, and keep connections from other users. */
const searchesPerUserMax = 2;
const tooManySearches = failed('overloaded', 'Your last search goes on; wait for it.', { retryAfterMs: 1_000 });

async function searchChats(
  userId: string,
  searches: UserCounts,
  search: () => Promise<readonly FoundChat[]>,
): Answer<'listChats'> {
  if (searches.isFull(userId)) return tooManySearches;
  searches.add(userId);
  try {
    return succeeded({ chats: (await search()).map(foundChatOf) });
  } finally {
    searches.remove(userId);
  }
}

const foundChatOf = ({ sequence, snippet, ...chat }: FoundChat) => ({
  ...chatOf(chat),
  match: sequence === null || snippet === null ? null : { sequence, snippet },
});

const noSuchChat = failed('noSuchChat', 'There is no chat of yours with that id.');

type Request<Name extends keyof ChatRoutes> = RouteRequest<ChatRoutes[Name]>;
type Answer<Name extends keyof ChatRoutes> = Promise<Outcome<AnswerOf<ChatRoutes[Name]>>>;

async function readChat({ principal, parameters, query }: Request<'readChat'>, history: History): Answer<'readChat'> {
  const chat = await history.findChat(principal.userId, parameters.id);
  if (!chat) return noSuchChat;
  const withSystem = query.include === 'system';
  const limit = chatMessagesMax + 1;
  const messages = await history.listMessages(chat.id, { limit, afterSequence: 0, withSystem });
  const shown = messages.slice(0, chatMessagesMax).map(messageOf);
  const isCut = messages.length > shown.length;
  return succeeded({ ...chatOf(chat), messages: shown, ...(isCut && { truncated: true as const }) });
}

async function readMessages(
  { principal, parameters, query }: Request<'readMessages'>,
  history: History,
): Answer<'readMessages'> {
  const chat = await history.findChat(principal.userId, parameters.id);
  if (!chat) return noSuchChat;
  const { limit, after_sequence: afterSequence, include } = query;
  const messages = await history.listMessages(chat.id, { limit, afterSequence, withSystem: include === 'system' });
  const nextAfterSequence = messages.length < limit ? null : (messages.at(-1)?.sequence ?? null);
  return succeeded({ messages: messages.map(messageOf), nextAfterSequence });
}

/** Messages that are in memory at once for one reader: 5 MB, where all are as long as they may be. */
const exportPageRows = 50;

/** Rows are read while they are sent. */
async function exportChat(
  { principal, parameters, query }: Request<'exportChat'>,
  history: History,
): Answer<'exportChat'> {
  const chat = await history.findChat(principal.userId, parameters.id);
  if (!chat) return noSuchChat;
  const page = { limit: exportPageRows, withSystem: true };
  const pages = readPages((afterSequence) => history.listMessages(chat.id, { ...page, afterSequence }));
  const name = nameFile(chat.title, chat.id);
  return query.format === 'json'
    ? succeeded({ contentType: 'application/json', fileName: `${name}.json`, chunks: writeJson(chat, pages) })
    : succeeded({
        contentType: 'text/markdown; charset=utf-8',
        fileName: `${name}.md`,
        chunks: writeMarkdown(chat, pages),
      });
}

async function forkChat(
  { principal, parameters: { id: chatId }, headers, body }: Request<'forkChat'>,
  { forks, digestSecret: secret }: ChatRouteDependencies,
): Answer<'forkChat'> {
  const key = headers['Idempotency-Key'];
  const asked = { chatId, untilSequence: body.untilSequence ?? undefined, task: body.task };
  const mark = key === undefined ? undefined : markOf({ userId: principal.userId, key, body: asked, secret });
  const forked = await forks.fork(principal, asked, mark);
  return forked.ok ? succeeded({ status: 'forked', ...forked.value }) : forked;
}

/** With these nobody has the session, so that nothing has to be stopped, nor can be where the engines with its labels are gone. */
const needNoStop: ReadonlySet<ErrorCode> = new Set(['sessionEnded', 'noFittingEngine']);

/** A live session of the chat is stopped first, since its chat is where it writes. */
async function deleteChat(
  { principal, parameters }: Request<'deleteChat'>,
  { history, writes, sessions, removeSnapshots }: ChatRouteDependencies,
): Answer<'deleteChat'> {
  const chat = await history.findChat(principal.userId, parameters.id);
  if (!chat) return noSuchChat;
  const present = chat.agentSessionId === null ? undefined : await sessions.findPresent(principal, chat.agentSessionId);
  if (present?.ok) {
    const stopped = await sessions.stop(present.value);
    if (!stopped.ok && !needNoStop.has(stopped.failure.code)) return stopped;
  }
  const deleted = await writes.removeChat(principal.userId, chat.id);
  if (deleted && chat.agentSessionId !== null) await removeSnapshots?.(chat.agentSessionId);
  return deleted ? succeeded({ status: 'deleted', id: chat.id }) : noSuchChat;
}
