// How a try to sign in ended, as it is counted.
import type { Outcome } from '../../schema/error.ts';
import { isRefusal } from '../server/audit.ts';

export const signInOutcomes = ['done', 'refused', 'failed'] as const;
export type SignInOutcome = (typeof signInOutcomes)[number];

/** @returns undefined for what was no try, such as a request without a name */
export function signInOutcomeOf(tried: Outcome<unknown>): SignInOutcome | undefined {
  if (tried.ok) return 'done';
  if (tried.failure.code === 'signInUnavailable') return 'failed';
  return isRefusal(tried.failure.code) ? 'refused' : undefined;
}
