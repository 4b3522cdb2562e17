// Finds the session that a client was cut off from at another engine, when the client says its task again here. Each engine
// answers for its own clients, and for what it remembers of those that have left.
import { elsewhere, type Outcome, succeeded } from '../../schema/error.ts';
import type { Reply } from '../../schema/thread.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import type { History } from '../database/history.ts';
import { type Peer, selectPeers } from '../database/queries/select-peers.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { Directory } from '../sessions/directory.ts';
import { isAnybodyThere, type LeftSessions, type TaskIdentity } from '../sessions/left-sessions.ts';
import type { Asks } from './asks.ts';
import type { Bus } from './bus.ts';

/** How long another engine may take: it asks clients that look connected, each of which has 1.5 s. */
const askTimeoutMs = 3_000;
/** How old the last beat of an engine may be that is asked: much older than that of one that lives, which may be busy. */
const beatAgeMsMax = 60_000;

export type LeftElsewhereDependencies = DescribeDependencies & {
  bus: Pick<Bus, 'isUp'>;
  history: Pick<History, 'listSameTask'>;
  queries: Pick<ReadQueries, 'any'>;
  run: Pick<EngineRun, 'id'>;
  asks: Pick<Asks, 'askAt'>;
};

export type DescribeDependencies = {
  directory: Pick<Directory, 'get'>;
  leftSessions: Pick<LeftSessions, 'has'>;
  run: Pick<EngineRun, 'waitForTakeOver'>;
};

/** What an engine knows of the clients of a session: whether some have left it lately, and whether one is there. */
export type Word = { isLeft: boolean; isThere: boolean };

export class LeftElsewhere {
  readonly #dependencies: LeftElsewhereDependencies;

  constructor(dependencies: LeftElsewhereDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * @param known what is remembered here, which counts where nobody can be asked
   * @returns undefined where there is none; `elsewhere` while an engine doesn't answer, which may have its client or be dead
   */
  async find(userId: string, task: TaskIdentity, known: string | undefined): Promise<Outcome<string | undefined>> {
    const { bus, history } = this.#dependencies;
    if (!bus.isUp) return succeeded(known);
    const sessionIds = await history.listSameTask(userId, task);
    const others = sessionIds.length === 0 ? [] : await this.#listOthers();
    for (const sessionId of sessionIds) {
      const words = await Promise.all([
        describeClients(this.#dependencies, sessionId),
        ...others.map((bootId) => this.#ask(bootId, sessionId)),
      ]);
      if (words.some((word) => word?.isThere)) continue;
      if (words.includes(undefined)) return elsewhere;
      if (words.some((word) => word?.isLeft)) return succeeded(sessionId);
    }
    return succeeded(undefined);
  }

  /**
   * Those that are cut off from the others can't be asked, and have given away what no client needs there; those without
   * CLUSTER_URL, which tell no reach, never hear anything.
   */
  async #listOthers(): Promise<string[]> {
    const { queries, run } = this.#dependencies;
    const peers = await queries.any(selectPeers(run.id, beatAgeMsMax));
    const isAsked = ({ state, load }: Peer) => state !== 'isolated' && load.reach !== undefined;
    return peers.filter(isAsked).map(({ bootId }) => bootId);
  }

  /** @returns undefined where it doesn't answer */
  async #ask(bootId: string, sessionId: string): Promise<Word | undefined> {
    return wordOf(await this.#dependencies.asks.askAt(bootId, { kind: 'left', sessionId }, askTimeoutMs));
  }
}

const wordOf = (reply: Outcome<Reply>): Word | undefined =>
  reply.ok && reply.value.kind === 'left' ? reply.value : undefined;

/** What this engine knows. Those that follow the session from other engines are left to them. */
export async function describeClients(
  { directory, leftSessions, run }: DescribeDependencies,
  sessionId: string,
): Promise<Word> {
  await run.waitForTakeOver(); // It may have taken the session over just now.
  const own = [...(directory.get(sessionId)?.followers ?? [])].filter(({ bootId }) => bootId === undefined);
  const isThere = await isAnybodyThere(own);
  return { isLeft: leftSessions.has(sessionId) || (own.length > 0 && !isThere), isThere };
}
