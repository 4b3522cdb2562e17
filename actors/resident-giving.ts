// Gives sessions of a host away one by one, once they rest: stored first, then nobody's, then their clients are told.
import type { MessagePort } from 'node:worker_threads';
import { goingAway } from '../schema/error.ts';
import type { OwnedSession } from '../schema/ownership.ts';
import type { ToPersistence } from '../schema/thread.ts';
import type { MainLink } from './main-link.ts';
import type { Resident } from './resident.ts';
import type { ResidentMailboxes } from './resident-mailboxes.ts';
import type { Session } from './session/session.ts';

export type ResidentGivingDependencies = {
  residents: Map<string, Resident>;
  mailboxes: Pick<ResidentMailboxes, 'refuseWaiting'>;
  mainLink: Pick<MainLink, 'post'>;
  persistence: MessagePort;
};

export class ResidentGiving {
  readonly #dependencies: ResidentGivingDependencies;
  readonly #waiting = new Map<string, () => void>();

  constructor(dependencies: ResidentGivingDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Passivates a session, and gives it away if it rests. One whose turn is cut stays this run's, so that the end of the run
   * shows others that it is to go on; where they are there it is theirs at once.
   */
  async passivateAndGive(session: Session, handsOver = false): Promise<void> {
    const isGiven = (session.isIdle || handsOver) && !session.hasEnded;
    await session.passivate();
    if (isGiven) await this.#give(session.record);
  }

  receiveGiven(sessionId: string): void {
    const { residents, mailboxes, mainLink } = this.#dependencies;
    const resident = residents.get(sessionId);
    residents.delete(sessionId);
    if (resident) {
      mailboxes.refuseWaiting(resident, goingAway);
      mainLink.post({ kind: 'given', sessionId });
    }
    this.#waiting.get(sessionId)?.();
    this.#waiting.delete(sessionId);
  }

  /** Asks behind the session's writes, which are posted by then. */
  #give({ sessionId, epoch }: OwnedSession): Promise<void> {
    const gift: ToPersistence = { kind: 'give', session: { sessionId, epoch } };
    setImmediate(() => this.#dependencies.persistence.postMessage(gift));
    return new Promise((resolve) => this.#waiting.set(sessionId, resolve));
  }
}
