// The main thread's reads of PostgreSQL: chats, messages, sessions, positions. Nothing here writes; a test runs every
// method on a connection that can't.
import { eventOf } from '../../actors/persistence/queries/event-columns.ts';
import type { ChatRow, MessageRow } from '../../schema/chat.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import type { TaskIdentity } from '../sessions/left-sessions.ts';
import type { ReadQueries } from './bounded-queries.ts';
import { searchChats } from './queries/search-chats.ts';
import { selectActivatableSessions } from './queries/select-activatable-sessions.ts';
import { selectChat } from './queries/select-chat.ts';
import { type ChatsPage, selectChats } from './queries/select-chats.ts';
import { selectCommand } from './queries/select-command.ts';
import { selectEndedSessions } from './queries/select-ended-sessions.ts';
import { selectEvents } from './queries/select-events.ts';
import { measureChat, selectForkSource } from './queries/select-fork-source.ts';
import { selectLastSequences } from './queries/select-last-sequences.ts';
import { selectLatestEvents } from './queries/select-latest-events.ts';
import { selectMessages } from './queries/select-messages.ts';
import { type OverduePage, selectOverdueWaits } from './queries/select-overdue-waits.ts';
import { selectPosition } from './queries/select-position.ts';
import { selectSameTask } from './queries/select-same-task.ts';
import { selectSealedSecrets } from './queries/select-sealed-secrets.ts';
import { selectSession } from './queries/select-session.ts';
import {
  type ReportsPage,
  selectAllSessionReports,
  selectSessionReport,
  selectSessionReports,
} from './queries/select-session-report.ts';
import { selectSilentSession } from './queries/select-silent-session.ts';
import { selectUnansweredBefore } from './queries/select-unanswered-before.ts';

export class History {
  readonly #queries: ReadQueries;

  constructor(queries: ReadQueries) {
    this.#queries = queries;
  }

  listChats(userId: string, page: ChatsPage): Promise<readonly ChatRow[]> {
    return this.#queries.any(selectChats(userId, page));
  }

  /** The chats in whose title, or in what was said in them, all the words are, each as it is or begun. */
  searchChats(userId: string, words: readonly string[], page: ChatsPage) {
    return this.#queries.any(searchChats(userId, words, page));
  }

  findChat(userId: string, chatId: string): Promise<ChatRow | null> {
    return this.#queries.maybeOne(selectChat(userId, chatId));
  }

  listMessages(chatId: string, page: Parameters<typeof selectMessages>[1]): Promise<readonly MessageRow[]> {
    return this.#queries.any(selectMessages(chatId, page));
  }

  findSession(sessionId: string) {
    return this.#queries.maybeOne(selectSession(sessionId));
  }

  /** Whether a session with the same task is at a silent engine, from which it may be taken over in a moment. */
  async isLeftBehind(userId: string, asked: TaskIdentity): Promise<boolean> {
    return (await this.#queries.maybeOne(selectSilentSession(userId, asked, 2 * limits.runBeatIntervalMs))) !== null;
  }

  /** A user's live sessions with the same task, newest first. */
  listSameTask(userId: string, asked: TaskIdentity): Promise<readonly string[]> {
    return this.#queries.anyFirst(selectSameTask(userId, asked));
  }

  /** The session's state, and what its turns have used. */
  findReport(sessionId: string) {
    return this.#queries.maybeOne(selectSessionReport(sessionId));
  }

  /** How a user's sessions stand, newest first. */
  listReports(userId: string, page: ReportsPage) {
    return this.#queries.any(selectSessionReports(userId, page));
  }

  /** How everybody's sessions stand, newest first. */
  listAllReports(page: ReportsPage) {
    return this.#queries.any(selectAllSessionReports(page));
  }

  /** The event that recorded a command. */
  findCommand(chatId: string, commandId: string) {
    return this.#queries.maybeOne(selectCommand(chatId, commandId));
  }

  /** Whether a turn went on when this event was stored. */
  async wasWorkingAt(chatId: string, sequence: number): Promise<boolean> {
    return (await this.#queries.one(selectUnansweredBefore(chatId, sequence))).isUnanswered;
  }

  async findSealedSecrets(sessionId: string): Promise<string | null> {
    return (await this.#queries.maybeOne(selectSealedSecrets(sessionId)))?.sealedSecrets ?? null;
  }

  /** Those of the sessions that can be activated again. */
  async findActivatable(sessionIds: string[]): Promise<ReadonlySet<string>> {
    if (sessionIds.length === 0) return new Set();
    return new Set(await this.#queries.anyFirst(selectActivatableSessions(sessionIds)));
  }

  /** Those of the sessions that have ended. */
  async findEnded(sessionIds: string[]): Promise<ReadonlySet<string>> {
    return sessionIds.length === 0 ? new Set() : new Set(await this.#queries.anyFirst(selectEndedSessions(sessionIds)));
  }

  /** Sessions whose wait for a person is over. */
  listOverdueWaits(page: OverduePage) {
    return this.#queries.any(selectOverdueWaits(page));
  }

  /** A user's chat that may be forked, with its session's settings. */
  findForkSource(userId: string, chatId: string) {
    return this.#queries.maybeOne(selectForkSource(userId, chatId));
  }

  /** How many events a chat holds up to a sequence, and their bytes. */
  measureChat(chatId: string, until: number) {
    return this.#queries.one(measureChat(chatId, until));
  }

  findPosition(chatId: string, sequence: number) {
    return this.#queries.one(selectPosition(chatId, sequence));
  }

  /** The last sequence of each chat. */
  async listLastSequences(chatIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#queries.any(selectLastSequences(chatIds));
    return new Map(rows.map(({ chatId, lastSequence }) => [chatId, lastSequence]));
  }

  /** As many of a session's events as an actor reads back, in order; of each what tells how the session stands. */
  async listLatestEvents(sessionId: string, chatId: string): Promise<StoredEvent[]> {
    const rows = await this.#queries.any(selectLatestEvents(chatId));
    return rows.map((row) => eventOf(sessionId, row)).reverse();
  }

  /** A session's events after a sequence. */
  async listEvents(
    sessionId: string,
    chatId: string,
    sequence: number,
    limit: number = limits.replayPageRows,
  ): Promise<StoredEvent[]> {
    const rows = await this.#queries.any(selectEvents(chatId, sequence, limit));
    return rows.map((row) => eventOf(sessionId, row));
  }
}
