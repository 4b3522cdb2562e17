// Waits for something so long, and no longer than somebody wants it.
import { limits } from '../../schema/limits.ts';

export async function waitWithin<T>(
  work: Promise<T>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<T | 'late' | 'cancelled'> {
  const { promise, resolve } = Promise.withResolvers<'late' | 'cancelled'>();
  const timer = setTimeout(() => resolve('late'), Math.min(timeoutMs, limits.timerMsMax));
  const onAbort = () => resolve('cancelled');
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
