// What the gateway reads from PostgreSQL: chats, messages, sessions, positions.
import { eventOf } from '../../actors/persistence/queries/event-columns.ts';
import type { ChatRow, MessageRow } from '../../schema/chat.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import type { TaskIdentity } from '../sessions/left-sessions.ts';
import { deleteChat } from './queries/delete-chat.ts';
import { ensureUser } from './queries/ensure-user.ts';
import { selectActivatableSessions } from './queries/select-activatable-sessions.ts';
import { selectChat } from './queries/select-chat.ts';
import { selectChats } from './queries/select-chats.ts';
import { selectCommand } from './queries/select-command.ts';
import { selectEndedSessions } from './queries/select-ended-sessions.ts';
import { selectEvents } from './queries/select-events.ts';
import { selectMessages } from './queries/select-messages.ts';
import { selectPosition } from './queries/select-position.ts';
import { selectSealedSecrets } from './queries/select-sealed-secrets.ts';
import { selectSession } from './queries/select-session.ts';
import { selectSessionReport } from './queries/select-session-report.ts';
import { selectSilentSession } from './queries/select-silent-session.ts';
import { updateChatTitle } from './queries/update-chat-title.ts';
import { updateSealedSecrets } from './queries/update-sealed-secrets.ts';
import type { Reads } from './reads.ts';

/** Users known to exist, remembered so that a session's start needs no query. */
const knownUsersMax = 50_000;

export class History {
  readonly #reads: Reads;
  readonly #knownUsers = new Set<string>();

  constructor(reads: Reads) {
    this.#reads = reads;
  }

  listChats(userId: string, page: { limit: number; offset: number }): Promise<readonly ChatRow[]> {
    return this.#reads.any(selectChats(userId, page));
  }

  findChat(userId: string, chatId: string): Promise<ChatRow | null> {
    return this.#reads.maybeOne(selectChat(userId, chatId));
  }

  listMessages(chatId: string, page: Parameters<typeof selectMessages>[1]): Promise<readonly MessageRow[]> {
    return this.#reads.any(selectMessages(chatId, page));
  }

  renameChat(userId: string, chatId: string, title: string): Promise<ChatRow | null> {
    return this.#reads.maybeOne(updateChatTitle(userId, chatId, title));
  }

  /** @returns what was deleted, or null where the user has no such chat */
  removeChat(userId: string, chatId: string): Promise<ChatRow | null> {
    return this.#reads.maybeOne(deleteChat(userId, chatId));
  }

  findSession(sessionId: string) {
    return this.#reads.maybeOne(selectSession(sessionId));
  }

  /** Whether a session that was asked for the same is at an engine that is silent, and may be taken over in a moment. */
  async isLeftBehind(userId: string, asked: TaskIdentity): Promise<boolean> {
    return (await this.#reads.maybeOne(selectSilentSession(userId, asked, 2 * limits.runBeatIntervalMs))) !== null;
  }

  /** How a session stands, and what it has used. */
  findReport(sessionId: string) {
    return this.#reads.maybeOne(selectSessionReport(sessionId));
  }

  /** What a command recorded, as it is stored. */
  findCommand(chatId: string, commandId: string) {
    return this.#reads.maybeOne(selectCommand(chatId, commandId));
  }

  async findSealedSecrets(sessionId: string): Promise<string | null> {
    return (await this.#reads.maybeOne(selectSealedSecrets(sessionId)))?.sealedSecrets ?? null;
  }

  async resealSecrets(sessionId: string, sealed: string): Promise<void> {
    await this.#reads.query(updateSealedSecrets(sessionId, sealed));
  }

  /** Of these sessions, those that can be activated again. */
  async findActivatable(sessionIds: string[]): Promise<ReadonlySet<string>> {
    if (sessionIds.length === 0) return new Set();
    return new Set(await this.#reads.anyFirst(selectActivatableSessions(sessionIds)));
  }

  /** Of these sessions, those that have ended. */
  async findEnded(sessionIds: string[]): Promise<ReadonlySet<string>> {
    return sessionIds.length === 0 ? new Set() : new Set(await this.#reads.anyFirst(selectEndedSessions(sessionIds)));
  }

  findPosition(chatId: string, sequence: number) {
    return this.#reads.one(selectPosition(chatId, sequence));
  }

  /** At most `limits.replayPageRows` events after a sequence. */
  async listEvents(sessionId: string, chatId: string, sequence: number): Promise<StoredEvent[]> {
    const rows = await this.#reads.any(selectEvents(chatId, sequence, limits.replayPageRows));
    return rows.map((row) => eventOf(sessionId, row));
  }

  /** Asks PostgreSQL once per user; who was there is taken to stay there. */
  async ensureUser(userId: string): Promise<boolean> {
    if (this.#knownUsers.has(userId)) return true;
    const exists = await ensureUser(this.#reads, userId);
    if (exists && this.#knownUsers.size < knownUsersMax) this.#knownUsers.add(userId);
    return exists;
  }
}
