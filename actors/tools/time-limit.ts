// Reads how long a command may take: Anthropic's own shell has no input for it, and its models use several names.
import * as v from 'valibot';

const time = v.optional(v.pipe(v.number(), v.gtValue(0)));

/** The names that models use for it beside a command. */
export const timeEntries = {
  /** In seconds or milliseconds, told by the number. */
  timeout: time,
  timeout_ms: time,
  timeoutMs: time,
  timeout_seconds: time,
  timeoutSeconds: time,
};

export type TimeWords = { readonly [word in keyof typeof timeEntries]?: number | undefined };

/** A `timeout` below it is in seconds: nobody gives a command less than one. */
const millisecondsFrom = 1_000;

/** @returns undefined where no time was asked for; at least a millisecond */
export function readAskedTimeMs(words: TimeWords): number | undefined {
  const { timeout, timeout_ms, timeoutMs, timeout_seconds, timeoutSeconds } = words;
  const seconds = timeoutSeconds ?? timeout_seconds ?? (isSeconds(timeout) ? timeout : undefined);
  const askedMs = timeout_ms ?? timeoutMs ?? (seconds === undefined ? timeout : seconds * 1_000);
  return askedMs === undefined ? undefined : Math.max(1, Math.round(askedMs));
}

const isSeconds = (timeout: number | undefined): boolean => timeout !== undefined && timeout < millisecondsFrom;
