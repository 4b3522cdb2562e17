// How long to wait before the next try: longer each time, and by chance, so that many clients don't come back at once.

export type BackOff = {
  /** At most so long before the second try; twice as long before each further one. */
  baseMs: number;
  /** Never longer, however many tries there were. */
  maxMs: number;
};

/**
 * "Full jitter": anything between nothing and the bound is as likely.
 * @param failures in a row so far, 1 after the first
 * @param random from 0 up to 1
 */
export function chooseDelayMs({ baseMs, maxMs }: BackOff, failures: number, random: () => number): number {
  const bound = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30)); // 2 ** 1024 is infinite.
  return Math.floor(random() * bound);
}
