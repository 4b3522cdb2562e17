// Middle and percentiles of samples.

/** @param share between 0 and 1 */
export const percentile = (samples: readonly number[], share: number): number =>
  samples.toSorted((one, other) => one - other)[Math.min(samples.length - 1, Math.floor(samples.length * share))] ??
  Number.NaN;

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);
