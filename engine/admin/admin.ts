// What those who operate the engine read: everybody's sessions, users and costs. Heavy reads are few at once.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { AnswerOf } from '../../schema/protocol/route.ts';
import type { Routes } from '../../schema/protocol/routes.ts';
import { cleanText, formatTime } from '../../schema/rules/text.ts';
import type { ReadQueries } from '../database/bounded-queries.ts';
import type { History } from '../database/history.ts';
import type { Used } from '../database/queries/turn-ends.ts';
import { actFor, type Principal } from '../sessions/access.ts';
import { type AllReportDependencies, type AllReportsAsked, listAllReports } from '../sessions/session-report.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { SignIns } from '../sign-in/sign-ins.ts';
import type { AskedDrain } from './asked-drain.ts';
import { chooseRange } from './costs-range.ts';
import { type EngineReportDependencies, reportEngine } from './engine-report.ts';
import type { Engines } from './engines.ts';
import { samplesOf } from './metric-samples.ts';
import { selectCosts } from './queries/select-costs.ts';
import { selectUsers, type UsersPage } from './queries/select-users.ts';

/** Lists of users or costs that are made at once: each may go through the turns of months. */
const heavyReadsMax = 2;
const tooManyReads = failed('overloaded', 'Other lists of users or costs are being made; ask again in a moment.', {
  retryAfterMs: 1_000,
});

export type AdminDependencies = EngineReportDependencies &
  AllReportDependencies & {
    queries: Pick<ReadQueries, 'any'>;
    history: Pick<History, 'findSession'>;
    sessions: Sessions;
    drain: AskedDrain;
    engines: Engines;
    signIns: Pick<SignIns, 'endAllOf'>;
    now(): number;
  };

type Answer<Name extends keyof Routes> = AnswerOf<Routes[Name]>;
type CostsAsked = { from?: string | undefined; to?: string | undefined; users: number };

export class Admin {
  readonly #dependencies: AdminDependencies;
  #heavyReads = 0;

  constructor(dependencies: AdminDependencies) {
    this.#dependencies = dependencies;
  }

  get engines(): Engines {
    return this.#dependencies.engines;
  }

  get drain(): AskedDrain {
    return this.#dependencies.drain;
  }

  listSessions(asked: AllReportsAsked): Promise<Answer<'listAllSessions'>> {
    return listAllReports(asked, this.#dependencies);
  }

  listUsers(page: UsersPage): Promise<Outcome<Answer<'listUsers'>>> {
    return this.#readHeavily(async () => {
      const rows = await this.#dependencies.queries.any(selectUsers(page));
      const users = rows.map(({ userId, name, sessions, liveSessions, lastActivityAtMs, ...used }) => ({
        ...{ userId, name, sessions, liveSessions },
        lastActivityAt: formatTime(lastActivityAtMs),
        usage: usageOf(used),
      }));
      return succeeded({ users, nextAfter: rows.length < page.limit ? null : (rows.at(-1)?.userId ?? null) });
    });
  }

  /** Signs somebody out at every browser. */
  async endSignIns(id: string): Promise<Answer<'endSignIns'>> {
    const userId = cleanText(id); // PostgreSQL takes no other text.
    return { userId, ended: await this.#dependencies.signIns.endAllOf(userId) };
  }

  async readCosts({ users, ...asked }: CostsAsked): Promise<Outcome<Answer<'readCosts'>>> {
    const { queries, now } = this.#dependencies;
    const range = chooseRange(asked, now());
    if (!range.ok) return range;
    return this.#readHeavily(async () => {
      const rows = await queries.any(selectCosts({ ...range.value, users }));
      const days = rows.map(({ day, userId, ...used }) => ({ day, userId, ...usageOf(used) }));
      return succeeded({ ...range.value, days });
    });
  }

  readEngine(): Promise<Answer<'readEngine'>> {
    return reportEngine(this.#dependencies);
  }

  async sampleMetrics(): Promise<Answer<'sampleMetrics'>> {
    const { metrics, supervisor, now } = this.#dependencies;
    return { sampledAt: formatTime(now()), metrics: await samplesOf(await metrics.collect(supervisor)) };
  }

  /** Stops anybody's session, in its owner's place. */
  async stopSession(principal: Principal, sessionId: string): Promise<Outcome<Answer<'stopAnySession'>>> {
    const { directory, history, sessions } = this.#dependencies;
    const userId = (directory.get(sessionId) ?? (await history.findSession(sessionId)))?.userId;
    if (userId === undefined) return noSuchSession;
    const owner = actFor(principal, userId);
    if (!owner.ok) return owner;
    const present = await sessions.findPresent(owner.value, sessionId);
    if (!present.ok) return present;
    const stopped = await sessions.stop(present.value);
    return stopped.ok ? succeeded({ status: 'stopped', sessionId, userId }) : stopped;
  }

  async #readHeavily<Read>(read: () => Promise<Outcome<Read>>): Promise<Outcome<Read>> {
    if (this.#heavyReads >= heavyReadsMax) return tooManyReads;
    this.#heavyReads++;
    try {
      return await read();
    } finally {
      this.#heavyReads--;
    }
  }
}

const usageOf = ({ costUsd, ...used }: Used) => ({ ...used, ...(costUsd !== null && { costUsd }) });

const noSuchSession = failed('noSuchSession', 'There is no session with that id.');
