// Looks at a host's sessions once a second: ends turns that take too long, and finds which sessions may leave memory.
import { limits } from '../schema/limits.ts';
import type { HostStatus } from './host-status.ts';
import type { Resident } from './resident.ts';
import type { Session } from './session/session.ts';

export type SweepDependencies = {
  residents: ReadonlyMap<string, Resident>;
  hostStatus: Pick<HostStatus, 'markIdle'>;
  now(): number;
};

export type SweepListener = {
  /** Nobody has needed the session for long enough. */
  onUnneeded(sessionId: string, session: Session): void;
  /** All of an ended session is stored. */
  onEnded(sessionId: string): void;
  /** How many sandboxes the host's sessions hold has changed. */
  onSandboxes(held: number): void;
};

/** What a look at a session found. */
export type SweptSession = Pick<Session, 'hasEnded' | 'hasUncommitted' | 'passivatesAtMs'> & {
  waitsUntilMs?: number | undefined;
  waitingCommands: number;
};

/** `keep`: nothing is to be done with it, and it need not be looked at before `untilMs`; undefined for the next time. */
export type SweepPlan = { kind: 'forget' } | { kind: 'passivate' } | { kind: 'keep'; untilMs?: number };

export function planSweep(
  { hasEnded, hasUncommitted, passivatesAtMs, waitsUntilMs = Number.POSITIVE_INFINITY, waitingCommands }: SweptSession,
  nowMs: number,
): SweepPlan {
  if (hasEnded) return hasUncommitted ? { kind: 'keep' } : { kind: 'forget' };
  if (passivatesAtMs === undefined || waitingCommands > 0) return { kind: 'keep' };
  return passivatesAtMs <= nowMs
    ? { kind: 'passivate' }
    : { kind: 'keep', untilMs: Math.min(passivatesAtMs, waitsUntilMs) };
}

export class ResidentSweep {
  readonly #dependencies: SweepDependencies;
  #timer: NodeJS.Timeout | undefined;
  #sandboxesReported = 0;

  constructor(dependencies: SweepDependencies) {
    this.#dependencies = dependencies;
  }

  start(listener: SweepListener): void {
    this.#timer = setInterval(() => this.#sweep(listener), limits.sweepIntervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sweep(listener: SweepListener): void {
    const { residents, now } = this.#dependencies;
    const nowMs = now();
    let sandboxes = 0;
    for (const [sessionId, resident] of residents) {
      if (resident.lookAgainAtMs <= nowMs) this.#sweepResident(sessionId, resident, nowMs, listener);
      if (resident.hasSandbox && residents.has(sessionId)) sandboxes++;
    }
    if (sandboxes !== this.#sandboxesReported) listener.onSandboxes(sandboxes);
    this.#sandboxesReported = sandboxes;
  }

  #sweepResident(sessionId: string, resident: Resident, nowMs: number, listener: SweepListener): void {
    const { session, mailbox } = resident;
    if (!session) return;
    session.endOverdueTurn();
    session.endOverdueWait();
    resident.hasSandbox = session.hasSandbox;
    if (session.isIdle) this.#dependencies.hostStatus.markIdle(sessionId);
    const { hasEnded, hasUncommitted, passivatesAtMs, waitsUntilMs } = session;
    const found = { hasEnded, hasUncommitted, passivatesAtMs, waitsUntilMs, waitingCommands: mailbox.depth };
    const plan = planSweep(found, nowMs);
    if (plan.kind === 'forget') listener.onEnded(sessionId);
    else if (plan.kind === 'passivate') listener.onUnneeded(sessionId, session);
    else if (plan.untilMs !== undefined) resident.lookAgainAtMs = plan.untilMs;
  }
}
