// What the gateway reads from PostgreSQL: chats, messages, sessions, positions.
import { eventOf } from '../../actors/persistence/queries/event-columns.ts';
import type { ChatRow, MessageRow } from '../../schema/chat.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import type { Asked } from '../sessions/returns.ts';
import { activatableOf } from './queries/activatable-of.ts';
import { chatById } from './queries/chat-by-id.ts';
import { chatsOf } from './queries/chats-of.ts';
import { commandById } from './queries/command-by-id.ts';
import { deleteChat } from './queries/delete-chat.ts';
import { endedOf } from './queries/ended-of.ts';
import { ensureUser } from './queries/ensure-user.ts';
import { eventsAfter } from './queries/events-after.ts';
import { messagesOf } from './queries/messages-of.ts';
import { positionOf } from './queries/position-of.ts';
import { renameChat } from './queries/rename-chat.ts';
import { resealSession } from './queries/reseal-session.ts';
import { sealedSecretsOf } from './queries/sealed-secrets-of.ts';
import { sessionById } from './queries/session-by-id.ts';
import { sessionReport } from './queries/session-report.ts';
import { silentSession } from './queries/silent-session.ts';
import type { Reads } from './reads.ts';

export class History {
  readonly #reads: Reads;
  readonly #knownUsers = new Set<string>();

  constructor(reads: Reads) {
    this.#reads = reads;
  }

  chats(userId: string, page: { limit: number; offset: number }): Promise<readonly ChatRow[]> {
    return this.#reads.any(chatsOf(userId, page));
  }

  chat(userId: string, chatId: string): Promise<ChatRow | null> {
    return this.#reads.maybeOne(chatById(userId, chatId));
  }

  messages(chatId: string, page: Parameters<typeof messagesOf>[1]): Promise<readonly MessageRow[]> {
    return this.#reads.any(messagesOf(chatId, page));
  }

  rename(userId: string, chatId: string, title: string): Promise<ChatRow | null> {
    return this.#reads.maybeOne(renameChat(userId, chatId, title));
  }

  /** @returns what was deleted, or null where the user has no such chat */
  delete(userId: string, chatId: string): Promise<ChatRow | null> {
    return this.#reads.maybeOne(deleteChat(userId, chatId));
  }

  session(sessionId: string) {
    return this.#reads.maybeOne(sessionById(sessionId));
  }

  /** Whether a session that was asked for the same is at an engine that is silent, and may be taken over in a moment. */
  async isLeftBehind(userId: string, asked: Asked): Promise<boolean> {
    return (await this.#reads.maybeOne(silentSession(userId, asked, 2 * limits.runBeatIntervalMs))) !== null;
  }

  /** How a session stands, and what it has used. */
  report(sessionId: string) {
    return this.#reads.maybeOne(sessionReport(sessionId));
  }

  /** What a command recorded, as it is stored. */
  command(chatId: string, commandId: string) {
    return this.#reads.maybeOne(commandById(chatId, commandId));
  }

  async sealedSecrets(sessionId: string): Promise<string | null> {
    return (await this.#reads.maybeOne(sealedSecretsOf(sessionId)))?.sealedSecrets ?? null;
  }

  async reseal(sessionId: string, sealed: string): Promise<void> {
    await this.#reads.query(resealSession(sessionId, sealed));
  }

  /** Of these sessions, those that can be activated again. */
  async activatable(sessionIds: string[]): Promise<ReadonlySet<string>> {
    if (sessionIds.length === 0) return new Set();
    return new Set(await this.#reads.anyFirst(activatableOf(sessionIds)));
  }

  /** Of these sessions, those that have ended. */
  async ended(sessionIds: string[]): Promise<ReadonlySet<string>> {
    return sessionIds.length === 0 ? new Set() : new Set(await this.#reads.anyFirst(endedOf(sessionIds)));
  }

  position(chatId: string, sequence: number) {
    return this.#reads.one(positionOf(chatId, sequence));
  }

  /** At most `limits.replayPageRows` events after a sequence. */
  async events(sessionId: string, chatId: string, sequence: number): Promise<StoredEvent[]> {
    const rows = await this.#reads.any(eventsAfter(chatId, sequence, limits.replayPageRows));
    return rows.map((row) => eventOf(sessionId, row));
  }

  /** Asks PostgreSQL once per user; who was there is taken to stay there. */
  async ensureUser(userId: string): Promise<boolean> {
    if (this.#knownUsers.has(userId)) return true;
    const exists = await ensureUser(this.#reads, userId);
    if (exists && this.#knownUsers.size < limits.knownUsersMax) this.#knownUsers.add(userId);
    return exists;
  }
}
