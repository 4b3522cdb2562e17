// Tells how a session stands: as its host knows it, or for one at rest or elsewhere as its rows tell.
import { describeNow } from '../../actors/session/session-now.ts';
import type { SessionIdentity } from '../../schema/session.ts';
import type { SessionNow } from '../../schema/session-now.ts';
import type { History } from '../database/history.ts';
import type { Hosts } from '../ring/host-link.ts';
import type { Directory } from './directory.ts';

/** A host answers at once, unless what it would tell isn't stored yet. */
const describeTimeoutMs = 2_000;

export type SessionNowsDependencies = {
  directory: Pick<Directory, 'get'>;
  hosts: Hosts;
  history: Pick<History, 'listLatestEvents'>;
};

export class SessionNows {
  readonly #dependencies: SessionNowsDependencies;

  constructor(dependencies: SessionNowsDependencies) {
    this.#dependencies = dependencies;
  }

  async read({ sessionId, chatId }: Pick<SessionIdentity, 'sessionId' | 'chatId'>): Promise<SessionNow> {
    const known = await this.askHost(sessionId);
    return known ?? describeNow(await this.#dependencies.history.listLatestEvents(sessionId, chatId));
  }

  /** @returns undefined for a session that isn't in memory here */
  async askHost(sessionId: string): Promise<SessionNow | undefined> {
    const entry = this.#dependencies.directory.get(sessionId);
    if (!entry) return undefined;
    const link = this.#dependencies.hosts.getLink(entry.host);
    const reply = await link.ask({ kind: 'describe', sessionId }, describeTimeoutMs);
    return reply.ok && reply.value.kind === 'now' ? (reply.value.now ?? undefined) : undefined;
  }
}
