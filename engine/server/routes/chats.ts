// REST for chats: list, read whole or page by page, rename, delete. A user's own only.
import { chatOf, messageOf } from '../../../schema/chat.ts';
import { failed, type Outcome, succeeded } from '../../../schema/error.ts';
import { ChatQuery, ChatsQuery, MessagesQuery, RenameChat } from '../../../schema/protocol/routes/chats.ts';
import { validate } from '../../../schema/validate.ts';
import type { DirectWrites } from '../../database/direct-writes.ts';
import type { History } from '../../database/history.ts';
import type { Principal } from '../../sessions/access.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { AuditedAct } from '../audit.ts';
import { type Answer, ok } from '../http-answer.ts';
import type { Call } from '../request.ts';
import type { Route } from '../server.ts';

/** Messages of `GET /chats/{id}`; a longer chat is read page by page. */
const chatMessagesMax = 10_000;

export type ChatRouteDependencies = { history: History; writes: DirectWrites; sessions: Sessions };

type Handle = (call: Call, principal: Principal, parts: ChatRouteDependencies) => Promise<Outcome<Answer>>;

export function chatRoutes(parts: ChatRouteDependencies): Route[] {
  const route = (method: Route['method'], path: string, handle: Handle, deed?: AuditedAct): Route => ({
    ...(deed && { told: { deed, of: ({ parameters: [chat] }) => ({ chat }) } }),
    method,
    pattern: `/api/v1/chats${path}`,
    isOpen: false,
    handle: (call, principal) => handle(call, principal, parts),
  });
  return [
    route('get', '', list),
    route('get', '/:id', read, 'chat.read'),
    route('get', '/:id/messages', readPage, 'chat.read'),
    route('patch', '/:id', rename, 'chat.renamed'),
    route('del', '/:id', remove, 'chat.deleted'),
  ];
}

const noSuchChat = failed('noSuchChat', 'There is no chat of yours with that id.');

const list: Handle = async (call, principal, { history }) => {
  const page = validate(ChatsQuery, call.query);
  if (!page.ok) return page;
  const chats = await history.listChats(principal.userId, page.value);
  return succeeded(ok({ chats: chats.map(chatOf) }));
};

const read: Handle = async (call, principal, { history }) => {
  const query = validate(ChatQuery, call.query);
  if (!query.ok) return query;
  const chat = await history.findChat(principal.userId, call.parameters[0] ?? '');
  if (!chat) return noSuchChat;
  const withSystem = query.value.include === 'system';
  const limit = chatMessagesMax + 1;
  const messages = await history.listMessages(chat.id, { limit, afterSequence: 0, withSystem });
  const shown = messages.slice(0, chatMessagesMax).map(messageOf);
  const isCut = messages.length > shown.length;
  return succeeded(ok({ ...chatOf(chat), messages: shown, ...(isCut && { truncated: true }) }));
};

const readPage: Handle = async (call, principal, { history }) => {
  const query = validate(MessagesQuery, call.query);
  if (!query.ok) return query;
  const chat = await history.findChat(principal.userId, call.parameters[0] ?? '');
  if (!chat) return noSuchChat;
  const { limit, after_sequence: afterSequence, include } = query.value;
  const messages = await history.listMessages(chat.id, { limit, afterSequence, withSystem: include === 'system' });
  const nextAfterSequence = messages.length < limit ? null : (messages.at(-1)?.sequence ?? null);
  return succeeded(ok({ messages: messages.map(messageOf), nextAfterSequence }));
};

const rename: Handle = async (call, principal, { writes }) => {
  const json = await call.json();
  if (!json.ok) return json;
  if (isMissing(json.value)) return failed('missingTitle', 'title: is required');
  const body = validate(RenameChat, json.value);
  if (!body.ok) return body;
  const { title } = body.value;
  const chat = await writes.renameChat(principal.userId, call.parameters[0] ?? '', title);
  return chat ? succeeded(ok({ status: 'updated', id: chat.id, title: chat.title })) : noSuchChat;
};

/** The reference's 400: no title, or an empty one. */
const isMissing = (body: unknown): boolean => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  const title = 'title' in body ? body.title : undefined;
  return title === undefined || title === null || (typeof title === 'string' && title.trim() === '');
};

/** A live session of the chat is stopped first: it would write into nothing. */
const remove: Handle = async (call, principal, { history, writes, sessions }) => {
  const chat = await history.findChat(principal.userId, call.parameters[0] ?? '');
  if (!chat) return noSuchChat;
  const live = chat.agentSessionId === null ? undefined : await sessions.findPresent(principal, chat.agentSessionId);
  if (live?.ok) {
    const stopped = await sessions.stop(live.value);
    if (!stopped.ok && stopped.failure.code !== 'sessionEnded') return stopped;
  }
  const deleted = await writes.removeChat(principal.userId, chat.id);
  return deleted ? succeeded(ok({ status: 'deleted', id: chat.id })) : noSuchChat;
};
