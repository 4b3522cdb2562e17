// The interface to one socket that a connection uses.
import type { Failure } from '../../schema/error.ts';
import type { Frame } from '../sessions/directory.ts';
import type { AuditedAct, AuditedOutcome } from './audit.ts';

export type Wire = {
  /** Whether the client is on this machine, and no page of an origin that isn't named. */
  readonly isNear: boolean;
  send(frames: readonly Frame[]): void;
  /** Waits until the socket takes more; false when it is closed. */
  waitForRoom(): Promise<boolean>;
  close(code: number, reason: string): void;
  /** Pings the client; false when the socket is closed, or when no answer came in time. */
  ping(): Promise<boolean>;
  /** Called once the client has said who it is. */
  markIdentified(): void;
  /** Logs what the client did, or that it was refused. */
  audit(act: AuditedAct | 'connect', user: string | undefined, outcome: AuditedOutcome): void;
  /** Logs what was thrown, and gives the failure that the client is told. */
  convertThrown(error: unknown): Failure;
};
