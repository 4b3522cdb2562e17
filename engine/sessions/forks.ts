// Forks chats: a session of its own whose conversation begins with a copy of another's, however that one stands.
import { createId } from '../../actors/create-id.ts';
import {
  type ForkFact,
  type ForkPoint,
  findForkPoint,
  forkFactOf,
  isBehindAnswer,
  openAnswerAt,
} from '../../actors/session/fork-point.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { firstTaskOf, noSecrets, type SessionSettings } from '../../schema/session.ts';
import type { DirectWrites } from '../database/direct-writes.ts';
import type { History } from '../database/history.ts';
import type { Principal } from './access.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { idReusedForRequest } from './refusals.ts';
import type { RequestMark } from './request-mark.ts';
import type { Sessions } from './sessions.ts';

/** Forks at once: each reads a chat and writes it again, a second of one of PostgreSQL's connections. */
const forksMax = 4;
/** Events in memory at once while a chat is read: 5 MB, where all are as long as they may be. */
const pageRows = 50;
/** Events of one answer that are looked at behind the wanted end; an answer with more counts as cut apart. */
const eventsBeyondMax = 1_000;

export type ForksDependencies = {
  sessions: Pick<Sessions, 'checkAvailability' | 'checkFurther' | 'checkSettings'>;
  history: Pick<History, 'findForkSource' | 'findSession' | 'measureChat' | 'listEvents'>;
  writes: Pick<DirectWrites, 'insertFork'>;
};

export type AskedFork = { chatId: string; untilSequence: number | undefined; task: string | undefined };
export type Forked = { sessionId: string; chatId: string; untilSequence: number };

export class Forks {
  readonly #dependencies: ForksDependencies;
  /** The queue by session id, in which a repeated request waits for the first. */
  readonly #queue = new KeyedQueue();
  /** The users whose chats are being forked: one at a time each. */
  readonly #users = new Set<string>();

  constructor(dependencies: ForksDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves once the fork is stored, with a mark by this request or an earlier one. */
  async fork(principal: Principal, asked: AskedFork, mark?: RequestMark): Promise<Outcome<Forked>> {
    if (!mark) return this.#forkInTurn(principal, asked);
    return this.#queue.run(mark.sessionId, async () => {
      const unavailable = this.#dependencies.sessions.checkAvailability();
      return unavailable ?? (await this.#findMadeBy(mark)) ?? this.#forkInTurn(principal, asked, mark);
    });
  }

  async #findMadeBy({ sessionId, digest }: RequestMark): Promise<Outcome<Forked> | undefined> {
    const stored = await this.#dependencies.history.findSession(sessionId);
    if (!stored) return undefined;
    const { chatId, requestDigest, forkedThrough } = stored;
    if (requestDigest !== digest || forkedThrough === null) return idReusedForRequest;
    return succeeded({ sessionId, chatId, untilSequence: forkedThrough });
  }

  async #forkInTurn(principal: Principal, asked: AskedFork, mark?: RequestMark): Promise<Outcome<Forked>> {
    const { userId } = principal;
    const refusal = this.#dependencies.sessions.checkFurther(principal);
    if (refusal) return refusal;
    if (this.#users.has(userId) || this.#users.size >= forksMax) return tooManyForks;
    this.#users.add(userId);
    try {
      return await this.#makeFork(userId, asked, mark);
    } finally {
      this.#users.delete(userId);
    }
  }

  async #makeFork(
    userId: string,
    { chatId: sourceId, untilSequence = limits.sequenceMax, task }: AskedFork,
    mark: RequestMark | undefined,
  ): Promise<Outcome<Forked>> {
    const { history, writes } = this.#dependencies;
    const source = await history.findForkSource(userId, sourceId);
    if (!source) return noSuchChat;
    if (!source.settings) return nothingToFork;
    const { events, bytes } = await history.measureChat(sourceId, untilSequence);
    if (events > limits.forkEventsMax || bytes > limits.forkBytesMax) return tooLong(events, bytes);
    const point = findForkPoint(await this.#readFacts(sourceId, untilSequence), untilSequence);
    if (!point) return nothingToFork;
    const settings = this.#settingsOf(source.settings, { sourceId, point, task, mark });
    if (!settings.ok) return settings;
    const identity = { sessionId: mark?.sessionId ?? createId(), chatId: createId(), userId };
    const title = task ?? titleOfFork(source.title);
    const copied = await writes.insertFork({ identity, sourceId, title, settings: settings.value, point });
    if (copied === 0) return noSuchChat; // It was deleted meanwhile.
    if (copied === undefined) return (mark && (await this.#findMadeBy(mark))) ?? tooManyForks;
    return succeeded({ sessionId: identity.sessionId, chatId: identity.chatId, untilSequence: point.through });
  }

  /** Reads so far behind the wanted end that no answer is cut off unnoticed. */
  async #readFacts(chatId: string, until: number): Promise<ForkFact[]> {
    const facts: ForkFact[] = [];
    let answerId: string | undefined;
    for (let after = 0; facts.length < limits.forkEventsMax + eventsBeyondMax; after += pageRows) {
      const page = await this.#dependencies.history.listEvents('', chatId, after, pageRows);
      for (const fact of page.map(forkFactOf)) {
        if (fact.sequence > until && isBehindAnswer(fact, answerId)) return facts;
        if (fact.sequence <= until) answerId = openAnswerAt(fact, answerId);
        facts.push(fact);
      }
      if (page.length < pageRows) return facts;
    }
    return facts;
  }

  /** The same repository and provider, checked as those of any new session. Secrets stay where they were given. */
  #settingsOf(
    source: SessionSettings,
    {
      sourceId,
      point,
      task,
      mark,
    }: { sourceId: string; point: ForkPoint; task?: string | undefined; mark?: RequestMark | undefined },
  ): Outcome<SessionSettings> {
    const { requestDigest: _, ...kept } = source;
    const asked = { settings: { ...kept, task: task ?? source.task }, secrets: noSecrets };
    const checked = this.#dependencies.sessions.checkSettings(asked);
    if (!checked.ok) return checked;
    const { hasGitToken = false } = source;
    const forkedFrom = { chatId: sourceId, sequence: point.through, task: firstTaskOf(source) };
    return succeeded({
      ...checked.value.settings,
      hasGitToken,
      forkedFrom,
      ...(mark && { requestDigest: mark.digest }),
    });
  }
}

const forkPrefix = 'Fork of ';

/** Tells a fork from its original; a fork of a fork says so once. Longer titles are cut where they are stored. */
const titleOfFork = (title: string): string => (title.startsWith(forkPrefix) ? title : forkPrefix + title);

const noSuchChat = failed('noSuchChat', 'There is no chat of yours with that id.');
const nothingToFork = failed('nothingToFork', 'Up to there the chat holds no conversation of a session.');
const tooManyForks = failed('overloaded', 'Another chat is being forked; wait for it.', { retryAfterMs: 1_000 });

const tooLong = (events: number, bytes: number) =>
  failed(
    'chatTooLong',
    `Up to there the chat holds ${events} events with ${bytes} bytes; at most ${limits.forkEventsMax} with ` +
      `${limits.forkBytesMax} are copied. Name an earlier event in untilSequence.`,
  );
