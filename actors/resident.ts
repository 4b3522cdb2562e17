// What a host knows of a session that it has, whether its actor is in memory yet or not.
import type { Failure, Outcome } from '../schema/error.ts';
import type { Activation, Reply } from '../schema/thread.ts';
import { Mailbox } from './mailbox.ts';
import type { Session } from './session/session.ts';

/** What a resident's mailbox holds: something to do once the actor is in memory. */
export type MailboxItem = { replyTo: number; act(session: Session): Promise<Outcome<Reply>> };

/** A session on this host: its mailbox from the first moment, its actor once activated. */
export type Resident = {
  mailbox: Mailbox<MailboxItem>;
  session: Session | undefined;
  clients: number;
  viewers: number;
  /** When the sweep looks at it next, unless it does something before: most sessions are idle. */
  lookAgainAtMs: number;
  /** As the sweep last saw it: an idle session opens no sandbox. */
  hasSandbox: boolean;
  /** What was read back, while the host waits for the secrets of its caller. */
  activation?: Activation;
  /** Why it must not be activated any more. */
  givenUp?: Failure;
};

export const createResident = (
  session: Session | undefined,
  { clients, viewers }: Pick<Resident, 'clients' | 'viewers'>,
): Resident => ({
  mailbox: new Mailbox(),
  session,
  clients,
  viewers,
  lookAgainAtMs: 0,
  hasSandbox: false,
});
