// Brings a host's sessions into memory, and passivates them: persistence claims each, and the main thread sends its secrets.
import type { MessagePort } from 'node:worker_threads';
import { type Failure, failed, goingAway, type Outcome } from '../schema/error.ts';
import { limits } from '../schema/limits.ts';
import { needsSecrets, noSecrets, type SessionSecrets } from '../schema/session.ts';
import type { Activation, SessionAddress, ToPersistence } from '../schema/thread.ts';
import type { MainLink } from './main-link.ts';
import { createResident, type Resident } from './resident.ts';
import type { ResidentMailboxes } from './resident-mailboxes.ts';
import { recordGivenUpSession } from './session/record-given-up-session.ts';
import { Session } from './session/session.ts';
import type { SessionDependencies } from './session/session-dependencies.ts';

const { failure: enginesDied } = failed(
  'sessionCrashes',
  `The session was ended: its engine died ${limits.reactivationsMax + 1} times in a row while it was at work.`,
);

export type ResidentActivationDependencies = {
  residents: Map<string, Resident>;
  mailboxes: ResidentMailboxes;
  mainLink: Pick<MainLink, 'post'>;
  persistence: MessagePort;
  sessionDependencies: SessionDependencies;
};

export class ResidentActivation {
  readonly #dependencies: ResidentActivationDependencies;
  /** Sessions that are being passivated: their next activation waits until their sandbox is given back. */
  readonly #passivating = new Map<string, Promise<void>>();
  #hasStopped = false;

  constructor(dependencies: ResidentActivationDependencies) {
    this.#dependencies = dependencies;
  }

  ensureResident({ sessionId, ...followed }: SessionAddress): Resident {
    const { residents } = this.#dependencies;
    const known = residents.get(sessionId);
    if (known) return known;
    const resident = createResident(undefined, followed);
    residents.set(sessionId, resident);
    void this.#requestActivation(sessionId);
    return resident;
  }

  /** Claims the session only to record its end: making an actor of its rows may be what kills the host. */
  giveUpSession(sessionId: string, failure: Failure): void {
    this.ensureResident({ sessionId, clients: 0, viewers: 0 }).givenUp = failure;
  }

  receiveActivation(sessionId: string, outcome: Outcome<Activation>): void {
    const { residents, mainLink, sessionDependencies } = this.#dependencies;
    const resident = residents.get(sessionId);
    if (!resident) return;
    if (outcome.ok && (outcome.value.crashes ?? 0) > limits.reactivationsMax) resident.givenUp ??= enginesDied;
    if (outcome.ok && resident.givenUp) {
      recordGivenUpSession(outcome.value, resident.givenUp, sessionDependencies);
    } else if (outcome.ok && !this.#hasStopped) {
      if (!needsSecrets(outcome.value.record.settings)) return this.#restoreSession(resident, outcome.value, noSecrets);
      resident.activation = outcome.value;
      return mainLink.post({ kind: 'secretsWanted', sessionId });
    }
    this.#forgetUnactivated(sessionId, resident, outcome);
  }

  receiveSecrets(sessionId: string, secrets: SessionSecrets): void {
    const resident = this.#dependencies.residents.get(sessionId);
    resident?.session?.takeSecrets(secrets);
    if (resident?.activation && !resident.session) this.#restoreSession(resident, resident.activation, secrets);
  }

  passivateSession(sessionId: string, session: Session): void {
    this.#dependencies.residents.delete(sessionId);
    this.#passivating.set(
      sessionId,
      session.passivate().then(() => this.#finishPassivating(sessionId)),
    );
  }

  /** What is claimed by now is not made an actor of any more: the next engine activates it. */
  stopActivating(): void {
    this.#hasStopped = true;
  }

  async waitUntilPassivated(): Promise<void> {
    await Promise.all(this.#passivating.values());
  }

  /** Asks for the session after its writes are posted and its sandbox is released. */
  async #requestActivation(sessionId: string): Promise<void> {
    await this.#passivating.get(sessionId);
    const claim: ToPersistence = { kind: 'activate', sessionId };
    setImmediate(() => this.#dependencies.persistence.postMessage(claim));
  }

  #restoreSession(resident: Resident, activation: Activation, secrets: SessionSecrets): void {
    delete resident.activation;
    const { mailboxes, sessionDependencies } = this.#dependencies;
    const { clients, viewers } = resident;
    mailboxes.runMarked(activation.record.sessionId, () => {
      resident.session = Session.restore(sessionDependencies, activation, { secrets, clients, viewers });
      resident.session.start(resident.clients > 0);
    });
    mailboxes.runMailbox(resident);
  }

  #forgetUnactivated(sessionId: string, resident: Resident, outcome: Outcome<Activation>): void {
    const { residents, mailboxes, mainLink } = this.#dependencies;
    residents.delete(sessionId);
    const refusal = resident.givenUp ? { ok: false as const, failure: resident.givenUp } : goingAway;
    mailboxes.refuseWaiting(resident, outcome.ok ? refusal : outcome);
    if (outcome.ok || outcome.failure.code === 'sessionEnded') mainLink.post({ kind: 'passivated', sessionId });
    else mainLink.post({ kind: 'lost', sessionId, failure: outcome.failure });
  }

  /** The sandbox is given back, so another host may have the session, unless a client came back to this one meanwhile. */
  #finishPassivating(sessionId: string): void {
    const { residents, mainLink } = this.#dependencies;
    this.#passivating.delete(sessionId);
    if (!residents.has(sessionId)) mainLink.post({ kind: 'passivated', sessionId });
  }
}
