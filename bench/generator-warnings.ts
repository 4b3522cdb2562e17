// Whether the load generator was the bottleneck, which is said with every figure that it could have held back.
import type { Samples } from './scenario.ts';
import { median } from './statistics.ts';

export const generatorCpu = 'CPU of the generator, cores';
export const serverBusy = "the server's event loop busy, of the time";

/** Of the time: a server on one thread that was busy less waited for its generator. */
const serverBusyMin = 0.85;
/** Of a core: beyond, a generator on one thread may be what is measured. */
const generatorCpuMax = 0.85;

/** For servers whose own event loop is what answers: those of `variants` that waited, in a sentence. */
export function warnOfWaiting<V extends string>(
  samples: Samples<V>,
  variants: readonly V[],
  instead: string,
): string[] {
  const waiting = variants.filter((variant) => median(samples.get(variant, serverBusy)) < serverBusyMin);
  if (waiting.length === 0) return [];
  return [`The load generator was the bottleneck of ${waiting.join(', ')}: ${instead}`];
}

/** For servers of several threads: those of `variants` whose generator, which has one thread, had nothing left to give. */
export function warnOfExhausted<V extends string>(samples: Samples<V>, variants: readonly V[]): string[] {
  const held = variants.filter((variant) => median(samples.get(variant, generatorCpu)) > generatorCpuMax);
  if (held.length === 0) return [];
  return [`The load generator was busy all the time, so the figures of ${held.join(', ')} may be its own.`];
}
