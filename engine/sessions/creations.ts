// Creates sessions over REST: a request with an Idempotency-Key makes one session, however often and wherever it is sent.
import { type Outcome, succeeded } from '../../schema/error.ts';
import type { History } from '../database/history.ts';
import type { Principal } from './access.ts';
import type { CreateRequest } from './create-session.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { idReusedForRequest } from './refusals.ts';
import type { RequestMark } from './request-mark.ts';
import type { Sessions } from './sessions.ts';

export type CreationsDependencies = {
  sessions: Pick<Sessions, 'create' | 'checkAvailability'>;
  history: Pick<History, 'findSession'>;
};

type Creation = Outcome<{ sessionId: string }>;

export class Creations {
  readonly #dependencies: CreationsDependencies;
  /** The queue by session id, in which simultaneous requests wait for the first. */
  readonly #queue = new KeyedQueue();

  constructor(dependencies: CreationsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Resolves once the session is stored, by this request or an earlier one with its key.
   * @returns `idReused` where the earlier one asked for something else
   */
  async createOnce(principal: Principal, asked: CreateRequest, mark?: RequestMark): Promise<Creation> {
    if (!mark) return this.#dependencies.sessions.create(principal, asked);
    return this.#queue.run(mark.sessionId, () => this.#createMarked(principal, asked, mark));
  }

  async #createMarked(principal: Principal, asked: CreateRequest, mark: RequestMark): Promise<Creation> {
    const { sessions } = this.#dependencies;
    const unavailable = sessions.checkAvailability();
    if (unavailable) return unavailable;
    const earlier = await this.#findMadeBy(mark);
    if (earlier) return earlier;
    const created = await sessions.create(principal, { ...asked, mark });
    // An earlier attempt that was given up, here or in another process, may have been stored.
    const isTaken = !created.ok && created.failure.code === 'refusedByStorage';
    return (isTaken ? await this.#findMadeBy(mark) : undefined) ?? created;
  }

  async #findMadeBy({ sessionId, digest }: RequestMark): Promise<Creation | undefined> {
    const stored = await this.#dependencies.history.findSession(sessionId);
    if (!stored) return undefined;
    return stored.requestDigest === digest ? succeeded({ sessionId }) : idReusedForRequest;
  }
}
