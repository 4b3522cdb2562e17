// What the main thread writes to PostgreSQL itself, beside the ring: users, a chat's title, its deletion, forks, sealed secrets.
import { UniqueIntegrityConstraintViolationError } from 'slonik';
import { dropFiles, dropOrphanedFiles, keepFile } from '../../actors/persistence/queries/session-files.ts';
import type { ChatRow } from '../../schema/chat.ts';
import type { WriteQueries } from './bounded-queries.ts';
import { deleteChat } from './queries/delete-chat.ts';
import { ensureUser } from './queries/ensure-user.ts';
import { insertFork, type NewFork } from './queries/insert-fork.ts';
import { updateChatTitle } from './queries/update-chat-title.ts';
import { updateSealedSecrets } from './queries/update-sealed-secrets.ts';

/** Users known to exist, remembered so that a session's start needs no query. */
const knownUsersMax = 50_000;

export class DirectWrites {
  readonly #queries: WriteQueries;
  readonly #knownUsers = new Set<string>();

  constructor(queries: WriteQueries) {
    this.#queries = queries;
  }

  /** Asks PostgreSQL once per user, since users are taken to stay. */
  async ensureUser(userId: string): Promise<boolean> {
    if (this.#knownUsers.has(userId)) return true;
    const exists = await ensureUser(this.#queries, userId);
    if (exists && this.#knownUsers.size < knownUsersMax) this.#knownUsers.add(userId);
    return exists;
  }

  /** @returns the chat as it is now, or null where the user has no such chat */
  renameChat(userId: string, chatId: string, title: string): Promise<ChatRow | null> {
    return this.#queries.maybeOne(updateChatTitle(userId, chatId, title));
  }

  /** @returns what was deleted, or null where the user has no such chat */
  removeChat(userId: string, chatId: string): Promise<ChatRow | null> {
    return this.#queries.maybeOne(deleteChat(userId, chatId));
  }

  /** @returns how many events were copied: none where the user's chat is gone; undefined where the session is there already */
  async insertFork(fork: NewFork): Promise<number | undefined> {
    try {
      return (await this.#queries.maybeOne(insertFork(fork)))?.copied ?? 0;
    } catch (error) {
      if (error instanceof UniqueIntegrityConstraintViolationError) return undefined;
      throw error;
    }
  }

  /** @returns false where the session holds too much */
  async keepFile(sessionId: string, digest: string, bytes: Uint8Array): Promise<boolean> {
    return (await this.#queries.maybeOne(keepFile(sessionId, digest, bytes)))?.isKept === true;
  }

  /** Also those of sessions that were never stored. */
  async dropFiles(sessionId: string): Promise<void> {
    await this.#queries.query(dropFiles(sessionId));
    await this.#queries.query(dropOrphanedFiles);
  }

  async resealSecrets(sessionId: string, sealed: string): Promise<void> {
    await this.#queries.query(updateSealedSecrets(sessionId, sealed));
  }
}
