// The worker threads: a pool of hosts, and one of a single thread for persistence. Each loads its code before it has
// anything to do, and no thread loads what only the others need.
import { Piscina } from 'piscina';
import type { Log } from '../log.ts';

const hostCode = new URL('../../actors/host-thread.ts', import.meta.url);
const persistenceCode = new URL('../../actors/persistence-thread.ts', import.meta.url);

export type Threads = { hosts: Piscina; persistence: Piscina; close(): Promise<void> };

/** @param hostCount how many of them are hosts */
export function openThreads(hostCount: number, log: Log): Threads {
  const hosts = openThreadPool(hostCode, hostCount, log);
  const persistence = openThreadPool(persistenceCode, 1, log);
  const close = async () => {
    await Promise.all([hosts.destroy(), persistence.destroy()]);
  };
  return { hosts, persistence, close };
}

function openThreadPool(code: URL, threads: number, log: Log): Piscina {
  const pool = new Piscina({
    filename: code.href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    maxQueue: threads,
    resourceLimits: { maxYoungGenerationSizeMb: 16 }, // V8 would take 48 MB a thread before it collects anything.
    // What a socket closes would be closed again, as another's by then, when a thread ends.
    trackUnmanagedFds: false,
    atomics: 'disabled', // Otherwise a thread sleeps in Atomics.wait instead of turning its event loop.
  });
  // A thread that was ended in vain, inside a blocking call, may still have something to say.
  pool.on('error', (error: Error) => log.error('thread.error', { reason: error.message }));
  return pool;
}
