// The way out to one client that follows a session, and that of a client that sends frames too.
import { type Failure, failed } from '../../schema/error.ts';
import type { Frame, NumberedFrames } from '../sessions/directory.ts';
import type { AuditedAct, AuditedOutcome } from './audit.ts';
import type { PageHeaders } from './own-pages.ts';

/** Bytes that wait for one client who doesn't read; with more its wire is closed, and it resumes from its position. */
export const pendingBytesMax = 1024 * 1024;
/** There is room while half of what may be pending is free, into which a chunk of history fits. */
export const roomPendingBytesMax = pendingBytesMax / 2;

export const tooSlow = failed('tooSlow', 'The client reads too slowly; it comes back with its position.').failure;

export type Wire = {
  /** Sends frames without a position. */
  send(frames: readonly Frame[]): void;
  sendEvents(events: readonly NumberedFrames[]): void;
  /**
   * Waits until the client takes more; false when the wire is closed.
   * @param pendingMax bytes that may be pending then: 0 where all that was sent is to be taken first
   */
  waitForRoom(pendingMax?: number): Promise<boolean>;
  /** @param failure undefined where the session has ended */
  close(failure: Failure | undefined): void;
  /** Pings the client; false when the wire is closed, or when no answer came in time. */
  ping(): Promise<boolean>;
  /** Logs what was thrown, and gives the failure that the client is told. */
  convertThrown(error: unknown): Failure;
};

export type TwoWayWire = Wire & {
  /** Whether the client is on this machine, and no page of an origin that isn't named. */
  readonly isNear: boolean;
  /** The browser's page that has opened it, and the cookies that came with that. */
  readonly page: PageHeaders;
  /** Called once the client has said who it is. */
  markIdentified(): void;
  /** Logs what the client did, or that it was refused. */
  audit(act: AuditedAct | 'connect', user: string | undefined, outcome: AuditedOutcome): void;
};
