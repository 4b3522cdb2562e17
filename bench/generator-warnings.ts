// Warns where the load generator may have been the bottleneck of a figure.
import type { Samples } from './scenario.ts';
import { median } from './statistics.ts';

export const generatorCpu = 'CPU of the generator, cores';
export const serverBusy = "the server's event loop busy, of the time";

/** The share of the time below which a server on one thread has waited for its generator. */
const serverBusyMin = 0.85;
/** The share of a core above which a generator on one thread may be what is measured. */
const generatorCpuMax = 0.85;

/** For servers that answer on one event loop. @returns a sentence about those that waited */
export function warnOfWaiting<V extends string>(
  samples: Samples<V>,
  variants: readonly V[],
  instead: string,
): string[] {
  const waiting = variants.filter((variant) => median(samples.get(variant, serverBusy)) < serverBusyMin);
  if (waiting.length === 0) return [];
  return [`The load generator was the bottleneck of ${waiting.join(', ')}: ${instead}`];
}

/** For servers of several threads. @returns a sentence about those whose generator was busy */
export function warnOfExhausted<V extends string>(samples: Samples<V>, variants: readonly V[]): string[] {
  const held = variants.filter((variant) => median(samples.get(variant, generatorCpu)) > generatorCpuMax);
  if (held.length === 0) return [];
  return [`The load generator was busy all the time, so the figures of ${held.join(', ')} may be its own.`];
}
