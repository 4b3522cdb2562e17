// How long something has been going on, told anew each second.
import { formatElapsed } from './format.ts';
import { useNow } from './use-now.ts';

/** Less would be no news, and more often than this nobody reads. */
const tickMs = 1_000;

export function Elapsed({ since }: { since: string }) {
  const elapsedMs = Math.max(0, useNow(tickMs) - Date.parse(since));
  return elapsedMs < tickMs ? null : formatElapsed(elapsedMs);
}
