// The socket as its client's logic sees it.
import type { Failure } from '../../schema/error.ts';
import type { Frame } from '../sessions/directory.ts';
import type { AuditedAct, AuditedOutcome } from './audit.ts';

export type Wire = {
  /** Whether it is of somebody on this machine, and of no page of a stranger. */
  readonly isNear: boolean;
  send(frames: readonly Frame[]): void;
  /** Waits until the socket takes more; false when it is closed. */
  waitForRoom(): Promise<boolean>;
  close(code: number, reason: string): void;
  /** Asks whether anybody is there; false when it is closed, or when nobody has answered in time. */
  ping(): Promise<boolean>;
  /** It has said who it is. */
  markIdentified(): void;
  /** Has the log tell what was done, or that it was refused. */
  audit(deed: AuditedAct | 'connect', user: string | undefined, ending: AuditedOutcome): void;
  /** Says that something failed in a way nobody expected. */
  convertThrown(error: unknown): Failure;
};
