// Whether a request that failed is made again, and when: only where that can't do something twice.
import { type BackOff, chooseDelayMs } from '../back-off.ts';
import type { LucidError } from '../lucid-error.ts';
import type { Bounds } from '../options.ts';
import type { ErrorCode } from '../protocol.ts';

/** Refused at the door: nothing was begun, whatever was asked for. */
const refusedUndone: readonly string[] = [
  'tooManyCommands',
  'tooManySessions',
  'overloaded',
  'draining',
  'notReady',
] satisfies ErrorCode[];

export type Attempt = {
  error: LucidError;
  /** Whether it may be done twice without harm: a question, a new title, or whatever has an Idempotency-Key. */
  isRepeatable: boolean;
  /** Attempts so far, 1 after the first. */
  attempts: number;
};

/** @returns in how many milliseconds; undefined where it isn't made again */
export function chooseRetryMs(
  { error, isRepeatable, attempts }: Attempt,
  bounds: BackOff & Pick<Bounds, 'requestAttemptsMax'>,
  random: () => number,
): number | undefined {
  const isSafe = isRepeatable || refusedUndone.includes(error.code);
  const isTooFarOff = (error.retryAfterMs ?? 0) > bounds.backOffMaxMs; // Whoever called may have better to do.
  if (!error.retryable || !isSafe || isTooFarOff || attempts >= bounds.requestAttemptsMax) return undefined;
  return chooseDelayMs(bounds, attempts, random, error.retryAfterMs);
}
