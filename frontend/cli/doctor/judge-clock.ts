// Clocks: how far the engine's and this machine's are apart, and until when a token is good.

import { durationText } from '../show/usage-text.ts';
import type { Finding } from './finding.ts';

/** The default of `JWT_LEEWAY`. */
const differenceMaxMs = 30_000;
/** The header `Date` has whole seconds, and the answer takes a while. */
const unmeasuredMs = 2_000;

/** @param date the header of an answer, by the engine's clock or that of the proxy before it */
export function judgeClock(date: string | null, askedMs: number, answeredMs: number): Finding {
  const about = 'clock';
  const theirs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs))
    return { about, verdict: 'warn', found: 'the answer says no time', mend: 'let the proxy pass the header Date' };
  const apartMs = Math.max(askedMs - theirs - 1_000, theirs - answeredMs, 0);
  if (apartMs <= unmeasuredMs) return { about, verdict: 'ok', found: 'as here' };
  const found = `${durationText(apartMs)} ${theirs < askedMs ? 'behind' : 'ahead of'} this machine’s`;
  const mend = 'set both by NTP: tokens are judged by the engine’s clock';
  return { about, verdict: apartMs > differenceMaxMs ? 'fail' : 'warn', found, mend };
}

/** A token that is good for less than this is soon a matter again. */
const soonMs = 600_000;

/** @returns what is worth saying of when it expires; undefined for nothing, or where it can't be read */
export function describeExpiry(token: string, nowMs: number): { text: string; isSoon: boolean } | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp?: unknown };
    if (typeof exp !== 'number') return { text: 'never expires', isSoon: false };
    const leftMs = exp * 1_000 - nowMs;
    return leftMs <= 0
      ? { text: `expired ${durationText(-leftMs)} ago`, isSoon: true }
      : { text: `good for ${durationText(leftMs)}`, isSoon: leftMs < soonMs };
  } catch {
    return undefined; // Not every token is a JWT that can be read here.
  }
}
