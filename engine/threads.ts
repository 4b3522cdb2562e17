// The pool of worker threads. Each loads its code as soon as it is there, before it has anything to do.
import { Piscina } from 'piscina';

export const threadCode = new URL('../actors/thread.ts', import.meta.url);

/** @param hosts how many of the threads will be hosts; one more is for persistence */
export function openThreads(hosts: number): Piscina {
  const threads = hosts + 1;
  return new Piscina({
    filename: threadCode.href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    maxQueue: threads,
    resourceLimits: { maxYoungGenerationSizeMb: 16 }, // V8 would take 48 MB a thread before it collects anything.
    atomics: 'disabled', // Otherwise a thread sleeps in Atomics.wait instead of turning its event loop.
  });
}
