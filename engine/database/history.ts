// What the gateway reads from PostgreSQL: chats, messages, sessions, positions.
import type { DatabasePool } from 'slonik';
import { eventOf } from '../../actors/persistence/queries/event-columns.ts';
import type { ChatRow, MessageRow } from '../../schema/chat.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { activatableOf } from './queries/activatable-of.ts';
import { chatById } from './queries/chat-by-id.ts';
import { chatsOf } from './queries/chats-of.ts';
import { commandById } from './queries/command-by-id.ts';
import { deleteChat } from './queries/delete-chat.ts';
import { ensureUser } from './queries/ensure-user.ts';
import { eventsAfter } from './queries/events-after.ts';
import { messagesOf } from './queries/messages-of.ts';
import { positionOf } from './queries/position-of.ts';
import { renameChat } from './queries/rename-chat.ts';
import { resealSession } from './queries/reseal-session.ts';
import { sealedSecretsOf } from './queries/sealed-secrets-of.ts';
import { sessionById } from './queries/session-by-id.ts';

export class History {
  readonly #pool: DatabasePool;
  readonly #knownUsers = new Set<string>();

  constructor(pool: DatabasePool) {
    this.#pool = pool;
  }

  chats(userId: string, page: { limit: number; offset: number }): Promise<readonly ChatRow[]> {
    return this.#pool.any(chatsOf(userId, page));
  }

  chat(userId: string, chatId: string): Promise<ChatRow | null> {
    return this.#pool.maybeOne(chatById(userId, chatId));
  }

  messages(chatId: string, page: Parameters<typeof messagesOf>[1]): Promise<readonly MessageRow[]> {
    return this.#pool.any(messagesOf(chatId, page));
  }

  rename(userId: string, chatId: string, title: string): Promise<ChatRow | null> {
    return this.#pool.maybeOne(renameChat(userId, chatId, title));
  }

  /** @returns what was deleted, or null where the user has no such chat */
  delete(userId: string, chatId: string): Promise<ChatRow | null> {
    return this.#pool.maybeOne(deleteChat(userId, chatId));
  }

  session(sessionId: string) {
    return this.#pool.maybeOne(sessionById(sessionId));
  }

  /** What a command recorded, as it is stored. */
  command(chatId: string, commandId: string) {
    return this.#pool.maybeOne(commandById(chatId, commandId));
  }

  async sealedSecrets(sessionId: string): Promise<string | null> {
    return (await this.#pool.maybeOne(sealedSecretsOf(sessionId)))?.sealedSecrets ?? null;
  }

  async reseal(sessionId: string, sealed: string): Promise<void> {
    await this.#pool.query(resealSession(sessionId, sealed));
  }

  /** Of these sessions, those that can be activated again. */
  async activatable(sessionIds: string[]): Promise<ReadonlySet<string>> {
    if (sessionIds.length === 0) return new Set();
    return new Set(await this.#pool.anyFirst(activatableOf(sessionIds)));
  }

  position(chatId: string, sequence: number) {
    return this.#pool.one(positionOf(chatId, sequence));
  }

  /** At most `limits.replayPageRows` events after a sequence. */
  async events(sessionId: string, chatId: string, sequence: number): Promise<StoredEvent[]> {
    const rows = await this.#pool.any(eventsAfter(chatId, sequence, limits.replayPageRows));
    return rows.map((row) => eventOf(sessionId, row));
  }

  /** Asks PostgreSQL once per user; who was there is taken to stay there. */
  async ensureUser(userId: string): Promise<boolean> {
    if (this.#knownUsers.has(userId)) return true;
    const exists = await ensureUser(this.#pool, userId);
    if (exists && this.#knownUsers.size < limits.knownUsersMax) this.#knownUsers.add(userId);
    return exists;
  }
}
