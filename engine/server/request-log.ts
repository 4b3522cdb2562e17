// Logs requests: who did what or was refused, and for debugging how each was answered.
import type { ErrorCode, Outcome } from '../../schema/error.ts';
import type { Log } from '../log.ts';
import type { Principal } from '../sessions/access.ts';
import { type Audit, type AuditedCaller, isRefusal } from './audit.ts';
import type { RunnableRoute, Visit } from './route-runner.ts';

export type RequestLogDependencies = { audit: Audit; log: Log };

export class RequestLog {
  readonly #dependencies: RequestLogDependencies;

  constructor(dependencies: RequestLogDependencies) {
    this.#dependencies = dependencies;
  }

  /** When a request began, where the log wants to know. */
  now(): number {
    return this.#dependencies.log.isDebug ? performance.now() : 0;
  }

  /** @param findAddress is asked only where the caller is logged */
  logOutcome(visit: Visit, outcome: Outcome<unknown>, beganMs: number, findAddress: () => string): void {
    if (isAudited(outcome, visit.route)) this.#audit(visit, findAddress(), outcome);
    if (beganMs > 0) this.#logAnswered(visit, outcome, beganMs);
  }

  /** Logs a caller who was refused before it was known who that is. */
  logRefusal(asked: string, caller: Omit<AuditedCaller, 'user' | 'share'>, outcome: ErrorCode): void {
    this.#dependencies.audit.logRefusal(asked, { user: undefined, ...caller }, { outcome });
  }

  #audit({ call, route, principal, noted }: Visit, address: string, outcome: Outcome<unknown>): void {
    const { audit: rule } = route.handler;
    const caller: AuditedCaller = { ...callerOf(principal), address, forwardedFor: call.headers.forwardedFor };
    const audited = {
      ...rule?.findSubject(call, outcome.ok ? outcome.value : undefined),
      noted,
      outcome: outcome.ok ? ('done' as const) : outcome.failure.code,
    };
    if (rule) this.#dependencies.audit.logAct(rule.act, caller, audited);
    else this.#dependencies.audit.logRefusal(route.pattern, caller, audited);
  }

  #logAnswered({ route, principal }: Visit, outcome: Outcome<unknown>, beganMs: number): void {
    this.#dependencies.log.debug('request.answered', {
      method: route.declaration.method.toUpperCase(),
      path: route.pattern,
      user: callerOf(principal).user ?? null,
      outcome: outcome.ok ? 200 : outcome.failure.code,
      tookMs: Math.round(performance.now() - beganMs),
    });
  }
}

/** Most routes are logged only where they refuse somebody. */
const isAudited = (outcome: Outcome<unknown>, { handler }: RunnableRoute): boolean =>
  handler.audit !== undefined || (!outcome.ok && isRefusal(outcome.failure.code));

/** A viewer is nobody whom the engine knows, but has somebody's share. */
const callerOf = (principal: Principal | undefined): Pick<AuditedCaller, 'user' | 'share'> =>
  principal?.viewer ? { user: undefined, share: principal.viewer.shareId } : { user: principal?.userId };
