// The sessions of this engine as others see them: finds them, claims them, and does what is asked of them.
import type { Asked } from '../../schema/bus-asks.ts';
import { elsewhere, goingAway, type Outcome, sessionRests, succeeded } from '../../schema/error.ts';
import { noResources } from '../../schema/resources.ts';
import type { LiveSession, SessionIdentity } from '../../schema/session.ts';
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

type AskedToWake = Extract<Asked, { kind: 'command' | 'workspace' }>;
type AskedAwake = Extract<Asked, { kind: 'workspace' | 'measure' | 'describe' }>;

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
    const { secretChanges } = this.#dependencies;
    if (asked.kind === 'create') return this.#create(asked);
    if (asked.kind === 'list') return succeeded({ kind: 'list', sessions: this.#list(asked.userId) });
    if (asked.kind === 'left')
      return succeeded({ kind: 'left', ...(await describeClients(this.#dependencies, asked.sessionId)) });
    if (!(await secretChanges.waitUntilRead(asked.sessionId))) return databaseAway;
    const wakes = asked.kind === 'command' || (asked.kind === 'workspace' && asked.mayWake);
    if (!wakes) return this.#askAwake(asked, timeoutMs, isOwn);
    const found = await this.find(asked.sessionId, isOwn ? 'any' : 'labelled');
    return found.ok ? this.#askHost(found.value, asked, timeoutMs) : found;
  }

  /**
   * The entry of a session that this engine has, with a host of this engine, which is to be told of it at once.
   * @param claims which it may claim from nobody
   * @returns `elsewhere` where it has it not, or why it can't claim it
   */
  async find(sessionId: string, claims: Claims): Promise<Outcome<Entry>> {
    const known = this.#getOwn(sessionId);
    if (known) return succeeded(known);
    const owner = await this.#dependencies.owners.find(sessionId);
    if (!mayHave(owner, claims)) return elsewhere;
    this.take(sessionId);
    const { sessionId: id, chatId, userId, task, createdAtMs } = owner.session;
    const session = { sessionId: id, chatId, userId, task, createdAtMs };
    const entry = this.#sessions?.ensureEntry({ kind: 'passivated', session }, owner.kind === 'mine') ?? elsewhere;
    return entry.ok && isRemote(entry.value) ? elsewhere : entry;
  }

  /** A session that this engine has, in memory or at rest, where it is left. */
  async findAsIs(sessionId: string): Promise<Pick<SessionIdentity, 'sessionId' | 'chatId'> | undefined> {
    const known = this.#getOwn(sessionId);
    if (known) return known;
    const owner = await this.#dependencies.owners.find(sessionId);
    return this.#getOwn(sessionId) ?? (owner.kind === 'mine' ? owner.session : undefined);
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

  /** Asks a session that is in memory. One at rest isn't entered in the directory, which it would never leave without an actor. */
  async #askAwake(asked: AskedAwake, timeoutMs: number, isOwn: boolean): Promise<Outcome<Reply>> {
    const { sessionId, kind } = asked;
    const known = this.#getOwn(sessionId);
    if (known) return this.#askHost(known, asked, timeoutMs);
    const owner = await this.#dependencies.owners.find(sessionId);
    const entry = this.#getOwn(sessionId); // It may have come into memory meanwhile.
    if (entry) return this.#askHost(entry, asked, timeoutMs);
    return mayHave(owner, isOwn ? 'any' : 'none') ? restingAnswers[kind] : elsewhere;
  }

  #askHost(entry: Entry, asked: AskedAwake | AskedToWake, timeoutMs: number): Promise<Outcome<Reply>> {
    return this.#dependencies.supervisor.getLink(entry.host).ask({ ...asked, ...addressOf(entry) }, timeoutMs);
  }

  #getOwn(sessionId: string): Entry | undefined {
    const entry = this.#dependencies.directory.get(sessionId);
    return entry && !isRemote(entry) ? entry : undefined;
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

/** What is said of a session at rest, which is left so. */
const restingAnswers: Record<AskedAwake['kind'], Outcome<Reply>> = {
  measure: succeeded({ kind: 'resources', resources: noResources }),
  describe: succeeded({ kind: 'now', now: null }),
  workspace: sessionRests,
};
