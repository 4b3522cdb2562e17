// Opens the worker threads: a pool of hosts, one thread for persistence, and one for webhooks where there are any. Each
// pool has code of its own; hosts and persistence load theirs before they have anything to do.
import { Piscina } from 'piscina';
import type { Log } from '../log.ts';

const hostCode = new URL('../../actors/host-thread.ts', import.meta.url);
const persistenceCode = new URL('../../actors/persistence-thread.ts', import.meta.url);
const webhookCode = new URL('../webhooks/webhook-thread.ts', import.meta.url);

export type Threads = { hosts: Piscina; persistence: Piscina; webhooks: Piscina; close(): Promise<void> };

export function openThreads(hostCount: number, log: Log): Threads {
  const hosts = openThreadPool(hostCode, hostCount, log);
  const persistence = openThreadPool(persistenceCode, 1, log);
  const webhooks = openThreadPool(webhookCode, 1, log, 0); // It begins with its first task.
  const close = async () => {
    await Promise.all([hosts.destroy(), persistence.destroy(), webhooks.destroy()]);
  };
  return { hosts, persistence, webhooks, close };
}

function openThreadPool(code: URL, threads: number, log: Log, threadsAtFirst = threads): Piscina {
  const pool = new Piscina({
    filename: code.href,
    minThreads: threadsAtFirst,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    maxQueue: threads,
    resourceLimits: { maxYoungGenerationSizeMb: 16 }, // V8's default lets a thread grow by 48 MB before it collects.
    // Otherwise a descriptor that a socket has closed is closed again when the thread ends, though it is another's by then.
    trackUnmanagedFds: false,
    atomics: 'disabled', // Otherwise an idle thread sleeps in Atomics.wait and its event loop stands still.
  });
  // A thread inside a blocking call can't be ended, and may still report an error.
  pool.on('error', (error: Error) => log.error('thread.error', { reason: error.message }));
  return pool;
}
