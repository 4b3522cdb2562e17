// Does what waits in the mailboxes of a host's sessions, while their actors are in memory.
import { failed, type Outcome } from '../schema/error.ts';
import type { HostStatus } from './host-status.ts';
import type { MainLink } from './main-link.ts';
import { mailboxFullRefusal } from './refusals.ts';
import type { MailboxItem, Resident } from './resident.ts';
import type { Session } from './session/session.ts';
import type { WriteBuffer } from './write-buffer.ts';

export type ResidentMailboxesDependencies = {
  residents: ReadonlyMap<string, Resident>;
  writeBuffer: Pick<WriteBuffer, 'isFull'>;
  mainLink: Pick<MainLink, 'reply' | 'logError'>;
  hostStatus: Pick<HostStatus, 'markWorking' | 'markIdle'>;
};

export class ResidentMailboxes {
  readonly #dependencies: ResidentMailboxesDependencies;

  constructor(dependencies: ResidentMailboxesDependencies) {
    this.#dependencies = dependencies;
  }

  enqueue(resident: Resident, item: MailboxItem): void {
    if (!resident.mailbox.enqueue(item)) return this.#dependencies.mainLink.reply(item.replyTo, mailboxFullRefusal);
    this.runMailbox(resident);
  }

  /** Stops where persistence is too far behind; `runMailboxes` goes on when it has caught up. */
  runMailbox({ session, mailbox }: Resident): void {
    const { writeBuffer } = this.#dependencies;
    while (session && !writeBuffer.isFull) {
      const item = mailbox.dequeue();
      if (!item) return;
      this.runMarked(session.record.sessionId, () => this.#answer(item, session));
    }
  }

  runMailboxes(): void {
    for (const resident of this.#dependencies.residents.values()) this.runMailbox(resident);
  }

  /** Notes that the session is at work before it acts, so that the note is there even if the act kills the host. */
  runMarked(sessionId: string, act: () => void): void {
    const { residents, hostStatus } = this.#dependencies;
    hostStatus.markWorking(sessionId);
    act();
    const resident = residents.get(sessionId);
    if (resident) resident.lookAgainAtMs = 0;
    if (resident?.session?.isIdle !== false) hostStatus.markIdle(sessionId);
  }

  refuseWaiting({ mailbox }: Resident, refusal: Outcome<never>): void {
    for (let item = mailbox.dequeue(); item; item = mailbox.dequeue())
      this.#dependencies.mainLink.reply(item.replyTo, refusal);
  }

  #answer({ act, replyTo }: MailboxItem, session: Session): void {
    const { mainLink } = this.#dependencies;
    const answer = act(session).catch((bug) => mainLink.logError('request.bug', bug));
    void answer.then((outcome) => mainLink.reply(replyTo, outcome ?? failed('internal', 'The engine failed.')));
  }
}
