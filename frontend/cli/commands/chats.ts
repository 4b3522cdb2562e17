// `lucid chats`: the record of sessions, found, read, exported, renamed and removed.
import { type Lucid, LucidError } from '../../client/index.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type EngineOptions, openClient } from '../settings/open-client.ts';
import { escapeLine, linesOf, toJsonLine } from '../show/escape-text.ts';
import { tableLines } from '../show/table.ts';
import { widthOf } from './sessions.ts';

export type ChatsOptions = EngineOptions & { json?: boolean };

export async function listChats(
  words: readonly string[],
  options: ChatsOptions & { limit: number },
  context: Context,
): Promise<ExitCode> {
  const query = { limit: options.limit, ...(words.length > 0 && { q: [...words] }) };
  const { chats } = await (await openClient(options, context)).chats.list(query);
  if (options.json) context.print(chats.map(toJsonLine));
  else if (chats.length === 0)
    context.note(words.length === 0 ? 'There are no chats yet.' : 'No chat has all of these words.');
  else {
    const rows = chats.map(({ id, updatedAt, title, match }) => [
      id,
      updatedAt.slice(0, 16).replace('T', ' '),
      match ? `${title}: ${match.snippet}` : title,
    ]);
    context.print(tableLines(['CHAT', 'UPDATED', 'TITLE'], rows, widthOf(context)));
  }
  return exitCodes.done;
}

const pageMessages = 500;

/** @param id of a chat, or of the session that it is the record of */
async function findChatId(lucid: Lucid, id: string): Promise<string> {
  try {
    return (await lucid.chats.read(id)).id;
  } catch (error) {
    if (!(error instanceof LucidError && error.code === 'noSuchChat')) throw error;
    const session = await lucid.sessions.read(id).catch(() => undefined); // What there is no chat of was said already.
    if (session === undefined) throw error;
    return session.chatId;
  }
}

export async function showChat(id: string, options: ChatsOptions, context: Context): Promise<ExitCode> {
  const lucid = await openClient(options, context);
  const chatId = await findChatId(lucid, id);
  const { faint, strong } = context.colors;
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof lucid.chats.messages>> = await lucid.chats.messages(chatId, {
      after_sequence: after,
      limit: pageMessages,
    });
    for (const message of page.messages) {
      if (options.json) context.print([toJsonLine(message)]);
      else if (message.content.trim() !== '') {
        const head = `${message.role === 'user' ? strong('you') : 'agent'} ${faint(escapeLine(message.eventType ?? ''))}`;
        context.print([head, ...linesOf(message.content).map((line) => `  ${line}`)]);
      }
    }
    after = page.nextAfterSequence;
  }
  return exitCodes.done;
}

export async function exportChat(
  id: string,
  options: ChatsOptions & { format: 'json' | 'markdown' },
  context: Context,
): Promise<ExitCode> {
  const lucid = await openClient(options, context);
  const exported = await lucid.chats.export(await findChatId(lucid, id), options.format);
  const text = typeof exported === 'string' ? exported : `${JSON.stringify(exported, null, 2)}\n`;
  if (context.stdout.isTTY) context.print(linesOf(text));
  else context.stdout.write(text);
  return exitCodes.done;
}

export async function renameChat(
  chatId: string,
  title: string,
  options: ChatsOptions,
  context: Context,
): Promise<ExitCode> {
  const answer = await (await openClient(options, context)).chats.rename(chatId, title);
  context.print([options.json ? toJsonLine(answer) : `The chat is called "${escapeLine(answer.title)}" now.`]);
  return exitCodes.done;
}

export async function removeChat(chatId: string, options: ChatsOptions, context: Context): Promise<ExitCode> {
  const answer = await (await openClient(options, context)).chats.remove(chatId);
  context.print([options.json ? toJsonLine(answer) : `Chat ${escapeLine(answer.id)} and its messages are gone.`]);
  return exitCodes.done;
}
