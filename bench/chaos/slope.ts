// Whether a value grows: the slope of the straight line through its samples.

export type Sample = { atMs: number; value: number };

const minuteMs = 60_000;

/** @returns the growth in a minute, by least squares; 0 for fewer than two moments */
export function growthPerMinute(samples: readonly Sample[]): number {
  const count = samples.length;
  const meanAtMs = samples.reduce((sum, { atMs }) => sum + atMs, 0) / count;
  const meanValue = samples.reduce((sum, { value }) => sum + value, 0) / count;
  const spread = samples.reduce((sum, { atMs }) => sum + (atMs - meanAtMs) ** 2, 0);
  const shared = samples.reduce((sum, { atMs, value }) => sum + (atMs - meanAtMs) * (value - meanValue), 0);
  return count < 2 || spread === 0 ? 0 : (shared / spread) * minuteMs;
}
