// Asks a session's host what its sandbox uses: once for all who ask at the same time, and never of a session at rest.
import { elsewhere, type Outcome, succeeded } from '../../schema/error.ts';
import { noResources, type Resources } from '../../schema/resources.ts';
import type { Hosts } from '../ring/host-link.ts';
import type { Principal } from './access.ts';
import type { Entry } from './directory.ts';
import { type FindDependencies, findSession } from './find-session.ts';
import { otherReply } from './refusals.ts';

/** Longer than Docker may take for its figures. */
const measureTimeoutMs = 6_000;

export type SessionResourcesDependencies = FindDependencies & { hosts: Hosts };

export class SessionResources {
  readonly #dependencies: SessionResourcesDependencies;
  /** What is being asked, by session. */
  readonly #asking = new Map<string, Promise<Outcome<Resources>>>();

  constructor(dependencies: SessionResourcesDependencies) {
    this.#dependencies = dependencies;
  }

  /** @returns `elsewhere` where another engine has the session */
  async read(principal: Principal, sessionId: string): Promise<Outcome<Resources>> {
    const found = await findSession(this.#dependencies, principal, sessionId);
    if (!found.ok) return found;
    if (found.value.kind === 'elsewhere') return elsewhere;
    return found.value.kind === 'live' ? this.#askOnce(found.value.entry) : succeeded(noResources);
  }

  #askOnce(entry: Entry): Promise<Outcome<Resources>> {
    const { sessionId } = entry;
    const known = this.#asking.get(sessionId);
    if (known) return known;
    const asking = this.#askHost(entry).finally(() => this.#asking.delete(sessionId));
    this.#asking.set(sessionId, asking);
    return asking;
  }

  async #askHost({ host, sessionId }: Entry): Promise<Outcome<Resources>> {
    const link = this.#dependencies.hosts.getLink(host);
    const reply = await link.ask({ kind: 'measure', sessionId }, measureTimeoutMs);
    if (!reply.ok) return reply;
    return reply.value.kind === 'resources' ? succeeded(reply.value.resources) : otherReply;
  }
}
