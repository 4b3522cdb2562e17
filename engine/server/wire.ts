// The way out to one client, as whoever follows a session for it sees it; and that of a client which speaks as well.
import type { Failure } from '../../schema/error.ts';
import type { Frame, NumberedFrames } from '../sessions/directory.ts';
import type { AuditedAct, AuditedOutcome } from './audit.ts';

export type Wire = {
  /** Frames without a position. */
  send(frames: readonly Frame[]): void;
  sendEvents(events: readonly NumberedFrames[]): void;
  /** Waits until the client takes more; false when the wire is closed. */
  waitForRoom(): Promise<boolean>;
  /** @param failure why; undefined where the session has ended */
  close(failure: Failure | undefined): void;
  /** Asks whether anybody is there; false when it is closed, or when nobody has answered in time. */
  ping(): Promise<boolean>;
  /** Says that something failed in a way nobody expected. */
  convertThrown(error: unknown): Failure;
};

export type TwoWayWire = Wire & {
  /** Whether it is of somebody on this machine, and of no page of a stranger. */
  readonly isNear: boolean;
  /** It has said who it is. */
  markIdentified(): void;
  /** Has the log tell what was done, or that it was refused. */
  audit(act: AuditedAct | 'connect', user: string | undefined, ending: AuditedOutcome): void;
};
