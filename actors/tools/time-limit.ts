// How long a command may take, in whatever words a model says it: Anthropic's own shell has none, and its models know several.
import * as v from 'valibot';

const time = v.optional(v.pipe(v.number(), v.gtValue(0)));

/** Inputs beside a command. What a model asks for under one of these names is honoured rather than dropped. */
export const timeEntries = {
  /** The unit is told by the number. */
  timeout: time,
  timeout_ms: time,
  timeoutMs: time,
  timeout_seconds: time,
  timeoutSeconds: time,
};

export type TimeWords = { readonly [word in keyof typeof timeEntries]?: number | undefined };

/** Below, a bare `timeout` is in seconds: nobody gives a command less than one. */
const millisecondsFrom = 1_000;

/** @returns undefined where no time was asked for; at least a millisecond */
export function readAskedTimeMs(words: TimeWords): number | undefined {
  const { timeout, timeout_ms, timeoutMs, timeout_seconds, timeoutSeconds } = words;
  const seconds = timeoutSeconds ?? timeout_seconds ?? (isSeconds(timeout) ? timeout : undefined);
  const askedMs = timeout_ms ?? timeoutMs ?? (seconds === undefined ? timeout : seconds * 1_000);
  return askedMs === undefined ? undefined : Math.max(1, Math.round(askedMs));
}

const isSeconds = (timeout: number | undefined): boolean => timeout !== undefined && timeout < millisecondsFrom;
