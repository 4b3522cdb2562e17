// Statistics of repeated measurements: the median, a percentile, and the spread around it.

/** The samples are in the order in which they were measured. */
export type Spread = { median: number; min: number; max: number; samples: readonly number[] };

/** @returns the middle of the samples; of an even number, the mean of the two in the middle */
export function median(samples: readonly number[]): number {
  const sorted = sortSamples(samples);
  const middle = sorted.length / 2;
  const upper = sampleAt(sorted, Math.floor(middle));
  return sorted.length % 2 === 1 ? upper : (sampleAt(sorted, middle - 1) + upper) / 2;
}

/**
 * The rank is the nearest, so that the result is always a sample.
 * @param percent above 0, at most 100
 */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = sortSamples(samples);
  return sampleAt(sorted, Math.ceil((percent / 100) * sorted.length) - 1);
}

export function spreadOf(samples: readonly number[]): Spread {
  return { median: median(samples), min: Math.min(...samples), max: Math.max(...samples), samples };
}

/** The ratio of each pair of samples that were measured next to each other, as a spread. */
export function ratioOf(ours: readonly number[], reference: readonly number[]): Spread {
  if (ours.length !== reference.length) throw new Error('A ratio needs as many samples of the one as of the other.');
  return spreadOf(ours.map((value, round) => value / sampleAt(reference, round)));
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function sortSamples(samples: readonly number[]): Float64Array {
  if (samples.length === 0) throw new Error('There are no samples.');
  return Float64Array.from(samples).sort();
}

function sampleAt(samples: ArrayLike<number>, index: number): number {
  const value = samples[index];
  if (value === undefined) throw new Error(`There is no sample ${index} among ${samples.length}.`);
  return value;
}
