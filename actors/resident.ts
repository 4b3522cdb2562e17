// What a host knows of a session that it has, whether its actor is there already or not.
import type { Failure, Outcome } from '../schema/error.ts';
import type { Activation, Reply } from '../schema/thread.ts';
import { Mailbox } from './mailbox.ts';
import type { Session } from './session/session.ts';

/** What a resident's mailbox holds: something to do once the actor is there. */
export type MailboxItem = { replyTo: number; act(session: Session): Promise<Outcome<Reply>> };

/** A session on this host: its mailbox from the first moment, its actor once activated. */
export type Resident = {
  mailbox: Mailbox<MailboxItem>;
  session: Session | undefined;
  clients: number;
  /** Until then nothing about it has to be looked at, unless it does something: most sessions rest most of the time. */
  lookAgainAtMs: number;
  /** At the last look: what rests doesn't open one. */
  hasSandbox: boolean;
  /** What was read back, while the secrets of its caller are waited for. */
  activation?: Activation;
  /** Why it is not to be activated any more. */
  givenUp?: Failure;
};

export const createResident = (session: Session | undefined, clients: number): Resident => ({
  mailbox: new Mailbox(),
  session,
  clients,
  lookAgainAtMs: 0,
  hasSandbox: false,
});
