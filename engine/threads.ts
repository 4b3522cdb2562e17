// The pool of worker threads. Each loads its code as soon as it is there, before it has anything to do.
import { Piscina } from 'piscina';
import type { Log } from './log.ts';

export const threadCode = new URL('../actors/thread.ts', import.meta.url);

/** @param hosts how many of the threads will be hosts; one more is for persistence */
export function openThreads(hosts: number, log: Log): Piscina {
  const threads = hosts + 1;
  const pool = new Piscina({
    filename: threadCode.href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    maxQueue: threads,
    resourceLimits: { maxYoungGenerationSizeMb: 16 }, // V8 would take 48 MB a thread before it collects anything.
    atomics: 'disabled', // Otherwise a thread sleeps in Atomics.wait instead of turning its event loop.
  });
  // A thread that was ended in vain, inside a blocking call, may still have something to say.
  pool.on('error', (error: Error) => log.error('thread.error', { reason: error.message }));
  return pool;
}
