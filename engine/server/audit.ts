// Logs who made, stopped or read what, and who was refused: one line each, without secrets or what was said.
import type { ErrorCode } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { LogEntry } from '../../schema/log.ts';
import type { Log } from '../log.ts';
import { cleanForwardedFor } from './peer.ts';

/** Lines about refusals in one window: enough to see who it is, too few to fill a disk. */
export const refusalLinesMax = 100;
export const refusalLinesWindowMs = 10_000;

export type AuditedAct =
  | 'session.created'
  | 'session.stopped'
  | 'session.read'
  | 'files.read'
  | 'files.written'
  | 'chat.read'
  | 'chat.renamed'
  | 'chat.deleted'
  | 'chat.forked'
  | 'share.created'
  | 'share.deleted'
  | 'webhook.created'
  | 'webhook.deleted'
  | 'webhook.redelivered'
  | 'admin.sessionsListed'
  | 'admin.usersListed'
  | 'admin.costsRead'
  | 'admin.sessionStopped'
  | 'admin.signedOut'
  | 'admin.drainBegun'
  | 'admin.drainCancelled'
  | 'console.signedIn'
  | 'console.signedOut';

/** `share` is of who watches by one. `address` is that of the connection, so a proxy's own; `forwardedFor` is what the proxy says, which nobody has checked. */
export type AuditedCaller = { user: string | undefined; share?: string; address: string; forwardedFor: string };

/** Who signs in, by which key as an admin, or why not: for who asks who a user id is, and why somebody can't. */
export type SignInNotes = { name?: string; by?: string; reason?: string; subject?: string; domain?: string };

/** The session, chat, webhook, share, engine or user (`person`) that something was done to, and how that ended. */
export type AuditedOutcome = AuditedSubject & { outcome: 'done' | ErrorCode; noted?: SignInNotes | undefined };
export type AuditedSubject = {
  [Kind in 'session' | 'chat' | 'webhook' | 'share' | 'engine' | 'person']?: string | undefined;
};

/** The failures by which somebody is kept from what they may not do. */
const refusals: ReadonlySet<string> = new Set<ErrorCode>([
  'notAuthenticated',
  'notYours',
  'notAllowed',
  'unknownUser',
  'foreignOrigin',
  'unknownHost',
  'tooManySessions',
  'tooManyTries',
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

  logAct(act: AuditedAct, caller: AuditedCaller, outcome: AuditedOutcome): void {
    const isFailedSignIn = act === 'console.signedIn' && outcome.outcome !== 'done';
    if (isFailedSignIn || isRefusal(outcome.outcome)) return this.logRefusal(act, caller, outcome);
    this.#log.info(act, logFieldsOf(caller, outcome));
  }

  /**
   * Lines are bounded, since anybody can be refused and so fill a disk; the next line counts those that were left out.
   * @param asked the act, or the path that was asked for
   */
  logRefusal(asked: string, caller: AuditedCaller, outcome: AuditedOutcome): void {
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
    this.#log.warn('access.refused', { asked, ...logFieldsOf(caller, outcome), ...leftOut });
  }
}

const logFieldsOf = (
  { user, share: by, address, forwardedFor }: AuditedCaller,
  { session, chat, webhook, share = by, person, noted, outcome }: AuditedOutcome,
): LogEntry['fields'] => ({
  user: user ?? null,
  address,
  ...(forwardedFor !== '' && { forwardedFor: cleanForwardedFor(forwardedFor) }),
  ...noted,
  ...(session !== undefined && { session: session.slice(0, limits.idCharsMax) }),
  ...(chat !== undefined && { chat: chat.slice(0, limits.idCharsMax) }),
  ...(webhook !== undefined && { webhook: webhook.slice(0, limits.idCharsMax) }),
  ...(share !== undefined && { share: share.slice(0, limits.idCharsMax) }),
  ...(person !== undefined && { person: person.slice(0, limits.idCharsMax) }),
  outcome,
});
