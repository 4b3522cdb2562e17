// The sessions of this engine as others see them: finds them, claims them, and does what is asked of them.
import type { Asked } from '../../schema/bus-asks.ts';
import { elsewhere, goingAway, type Outcome, succeeded } from '../../schema/error.ts';
import type { LiveSession } from '../../schema/session.ts';
import type { Reply } from '../../schema/thread.ts';
import type { History } from '../database/history.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { type Directory, type Entry, isRemote, liveSessionOf } from '../sessions/directory.ts';
import type { LeftSessions } from '../sessions/left-sessions.ts';
import { databaseAway } from '../sessions/refusals.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { addressOf, tellClientCount } from '../sessions/tell-client-count.ts';
import { type DescribeDependencies, describeClients } from './left-elsewhere.ts';
import { type Claims, mayHave, type Owners } from './owners.ts';
import { followerSilenceMs } from './remote-followers.ts';
import type { SecretChanges } from './secret-changes.ts';
import { showAllStored } from './show-all-stored.ts';

/** How long the engine that had a session made may take to follow it for its client: it does so at once, or by its next roll-call. */
const followedWithinMs = 3_000;

export type SessionsHereDependencies = DescribeDependencies & {
  directory: Directory;
  supervisor: Supervisor;
  history: Pick<History, 'findPosition'>;
  secrets: Pick<Secrets, 'openForPlaced'>;
  owners: Pick<Owners, 'find'>;
  secretChanges: Pick<SecretChanges, 'waitUntilRead'>;
  leftSessions: Pick<LeftSessions, 'has' | 'remember'>;
};

export class SessionsHere {
  readonly #dependencies: SessionsHereDependencies;
  #sessions: Sessions | undefined;
  /** How many that were followed here were claimed. */
  claimed = 0;

  constructor(dependencies: SessionsHereDependencies) {
    this.#dependencies = dependencies;
  }

  start(sessions: Sessions): void {
    this.#sessions = sessions;
  }

  /** @param isOwn whether it is asked here; for others claiming is left to them, where its clients are, unless they may lack labels */
  async answer(asked: Asked, timeoutMs: number, isOwn: boolean): Promise<Outcome<Reply>> {
    const { secretChanges, supervisor } = this.#dependencies;
    if (asked.kind === 'create') return this.#create(asked);
    if (asked.kind === 'list') return succeeded({ kind: 'list', sessions: this.#list(asked.userId) });
    if (asked.kind === 'left')
      return succeeded({ kind: 'left', ...(await describeClients(this.#dependencies, asked.sessionId)) });
    if (!(await secretChanges.waitUntilRead(asked.sessionId))) return databaseAway;
    const wakes = asked.kind === 'command' || (asked.kind === 'workspace' && asked.mayWake);
    const entry = await this.find(asked.sessionId, isOwn ? 'any' : wakes ? 'labelled' : 'none');
    if (!entry) return elsewhere;
    return supervisor.getLink(entry.host).ask({ ...asked, ...addressOf(entry) }, timeoutMs);
  }

  /** The entry of a session that this engine has, with a host of this engine. @param claims which it may claim from nobody */
  async find(sessionId: string, claims: Claims): Promise<Entry | undefined> {
    const { directory, owners } = this.#dependencies;
    const known = directory.get(sessionId);
    if (known && !isRemote(known)) return known;
    const owner = await owners.find(sessionId);
    if (!mayHave(owner, claims)) return undefined;
    this.take(sessionId);
    const { sessionId: id, chatId, userId, task, createdAtMs } = owner.session;
    const session = { sessionId: id, chatId, userId, task, createdAtMs };
    const entry = this.#sessions?.ensureEntry({ kind: 'passivated', session }, owner.kind === 'mine');
    return entry?.ok && !isRemote(entry.value) ? entry.value : undefined;
  }

  /**
   * Gives a session that is followed here a host of this engine, which claims it.
   * @returns false where nobody follows it here
   */
  take(sessionId: string): boolean {
    const { directory, supervisor } = this.#dependencies;
    const entry = directory.get(sessionId);
    if (!entry) return false;
    if (isRemote(entry)) {
      entry.secrets = undefined; // Others may have changed them in its row.
      directory.move(entry, directory.chooseHost());
      this.claimed++;
      tellClientCount(supervisor, entry);
      void showAllStored(this.#dependencies, entry);
    }
    return true;
  }

  #list(userId: string): LiveSession[] {
    const own = [...this.#dependencies.directory.listByUser(userId)].filter((entry) => !isRemote(entry));
    return own.map(liveSessionOf);
  }

  /** Makes a session that another engine has checked. Who follows it there says so a moment later. */
  async #create({ sessionId, session }: Extract<Asked, { kind: 'create' }>): Promise<Outcome<Reply>> {
    if (!this.#sessions) return goingAway;
    const { chatId, userId, sealedSecrets } = session;
    const secrets = await this.#dependencies.secrets.openForPlaced(sessionId, sealedSecrets);
    const made = await this.#sessions.createPlaced({ sessionId, chatId, userId }, { ...session, secrets });
    if (made.ok && session.clients > 0) {
      setTimeout(() => this.#rememberUnfollowed(sessionId), followedWithinMs).unref();
      setTimeout(() => this.#countClients(sessionId), followerSilenceMs).unref();
    }
    return made;
  }

  /** Where the answer was lost, its client says its task again, and gets this session rather than a second one. */
  #rememberUnfollowed(sessionId: string): void {
    const { directory, leftSessions } = this.#dependencies;
    const entry = directory.get(sessionId);
    if (entry?.taskKey !== undefined && !isRemote(entry) && entry.followers.size === 0)
      leftSessions.remember(sessionId, entry.taskKey);
  }

  /** The engine that had the session made may have died before it followed it. */
  #countClients(sessionId: string): void {
    const { directory, supervisor } = this.#dependencies;
    const entry = directory.get(sessionId);
    if (entry && !isRemote(entry)) tellClientCount(supervisor, entry);
  }
}
