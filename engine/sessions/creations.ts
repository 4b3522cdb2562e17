// Sessions made over REST: a request that carries a key makes one session, however often and wherever it is repeated.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { History } from '../database/history.ts';
import type { Principal } from './access.ts';
import { InTurn } from './in-turn.ts';
import type { RequestMark } from './request-mark.ts';
import type { NewSession, Sessions } from './sessions.ts';

export type CreationsParts = {
  sessions: Pick<Sessions, 'create' | 'whyNothingNew'>;
  history: Pick<History, 'session'>;
};

type Made = Outcome<{ sessionId: string }>;

export class Creations {
  readonly #parts: CreationsParts;
  /** By session id: requests at once wait for the first. */
  readonly #inTurn = new InTurn();

  constructor(parts: CreationsParts) {
    this.#parts = parts;
  }

  /**
   * Resolves once the session is stored, by this request or an earlier one with its key.
   * @returns `idReused` where the earlier one asked for something else
   */
  async create(principal: Principal, asked: NewSession, mark?: RequestMark): Promise<Made> {
    if (!mark) return this.#parts.sessions.create(principal, asked);
    return this.#inTurn.run(mark.sessionId, () => this.#createOnce(principal, asked, mark));
  }

  async #createOnce(principal: Principal, asked: NewSession, mark: RequestMark): Promise<Made> {
    const { sessions } = this.#parts;
    const unavailable = sessions.whyNothingNew();
    if (unavailable) return unavailable;
    const earlier = await this.#madeBy(mark);
    if (earlier) return earlier;
    const created = await sessions.create(principal, { ...asked, mark });
    // An attempt that was given up, in this process or the one before, may have been stored first.
    const isTaken = !created.ok && created.failure.code === 'refusedByStorage';
    return (isTaken ? await this.#madeBy(mark) : undefined) ?? created;
  }

  async #madeBy({ sessionId, digest }: RequestMark): Promise<Made | undefined> {
    const stored = await this.#parts.history.session(sessionId);
    if (!stored) return undefined;
    return stored.requestDigest === digest ? succeeded({ sessionId }) : reused;
  }
}

const reused = failed('idReused', 'This Idempotency-Key was used for another request; take a new one for each.');
