// How long to wait before the next try: longer each time, and by chance, so that many clients don't come back at once.

export type BackOff = {
  /** At most so long before the second try; twice as long before each further one. */
  backOffBaseMs: number;
  /** Never longer, however many tries there were. */
  backOffMaxMs: number;
};

/** What timers take: a longer one would be over at once. */
const timerMsMax = 2 ** 31 - 1;

/**
 * "Full jitter": anything between nothing and the bound is as likely.
 * @param failures in a row so far, 1 after the first
 * @param random from 0 up to 1
 * @param retryAfterMs what the engine asks to wait in any case
 */
export function chooseDelayMs(
  { backOffBaseMs, backOffMaxMs }: BackOff,
  failures: number,
  random: () => number,
  retryAfterMs = 0,
): number {
  const bound = Math.min(backOffMaxMs, backOffBaseMs * 2 ** Math.min(failures - 1, 30)); // 2 ** 1024 is infinite.
  return Math.min(retryAfterMs + Math.floor(random() * bound), timerMsMax);
}
