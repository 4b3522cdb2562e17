// Who made, stopped or read what, and who was refused: one line of the log each, without secrets or what was said.
import type { ErrorCode } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { LogEntry } from '../../schema/log.ts';
import type { Log } from '../log.ts';
import { cleanForwardedFor } from './peer.ts';

/** Lines about those who are refused, in one window: enough to see who it is, too few to fill a disk. */
export const refusalLinesMax = 100;
export const refusalLinesWindowMs = 10_000;

export type AuditedAct =
  | 'session.created'
  | 'session.stopped'
  | 'session.read'
  | 'files.read'
  | 'chat.read'
  | 'chat.renamed'
  | 'chat.deleted';

/** Whoever calls. A proxy's own address is that of its connection; for whom it asks is what it says, and no more. */
export type AuditedCaller = { user: string | undefined; address: string; forwardedFor: string };

/** What was done it to, and how that ended: `done`, or why not. */
export type AuditedOutcome = { session?: string | undefined; chat?: string | undefined; outcome: 'done' | ErrorCode };

/** What keeps somebody from what they may not do; everything else that fails is no refusal. */
const refusals: ReadonlySet<string> = new Set<ErrorCode>([
  'notAuthenticated',
  'notYours',
  'unknownUser',
  'foreignOrigin',
  'unknownHost',
  'tooManySessions',
]);

export const isRefusal = (outcome: string): boolean => refusals.has(outcome);

export class Audit {
  readonly #log: Log;
  readonly #now: () => number;
  #windowBeganMs = Number.NEGATIVE_INFINITY;
  #refusals = 0;
  #linesLeftOut = 0;

  constructor(log: Log, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** @param asked what was to be done, or the path that was asked for */
  logAct(asked: AuditedAct, visitor: AuditedCaller, ending: AuditedOutcome): void {
    if (isRefusal(ending.outcome)) return this.logRefusal(asked, visitor, ending);
    this.#log.info(asked, logFieldsOf(visitor, ending));
  }

  /** Bounded, since whoever is refused costs nothing and could fill a disk: what is left out is counted in the next line. */
  logRefusal(asked: string, visitor: AuditedCaller, ending: AuditedOutcome): void {
    const nowMs = this.#now();
    if (nowMs - this.#windowBeganMs >= refusalLinesWindowMs) {
      this.#windowBeganMs = nowMs;
      this.#refusals = 0;
    }
    if (++this.#refusals > refusalLinesMax) {
      this.#linesLeftOut++;
      return;
    }
    const leftOut = this.#linesLeftOut === 0 ? {} : { linesLeftOut: this.#linesLeftOut };
    this.#linesLeftOut = 0;
    this.#log.warn('access.refused', { asked, ...logFieldsOf(visitor, ending), ...leftOut });
  }
}

const logFieldsOf = (
  { user, address, forwardedFor }: AuditedCaller,
  { session, chat, outcome }: AuditedOutcome,
): LogEntry['fields'] => ({
  user: user ?? null,
  address,
  ...(forwardedFor !== '' && { forwardedFor: cleanForwardedFor(forwardedFor) }),
  ...(session !== undefined && { session: session.slice(0, limits.idCharsMax) }),
  ...(chat !== undefined && { chat: chat.slice(0, limits.idCharsMax) }),
  outcome,
});
