// Waits for a promise no longer than a time limit or a signal allows, and says which of them ended the wait.
import { TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';

/** Node's timers can't be set to more. */
const timerMsMax = 2_147_483_647;

/** The work goes on after the wait, and its result is dropped: the caller ends the work where it has to end. */
export async function waitWithin<T>(
  work: Promise<T>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<T | 'late' | 'cancelled'> {
  const limit = timeout(Math.min(timeoutMs, timerMsMax), {
    strategy: TimeoutStrategy.Aggressive,
    abortOnReturn: false, // Nobody hears of it, and an abort takes longer than the rest of the wait.
  });
  try {
    return await limit.execute(() => work, signal);
  } catch (error) {
    if (error instanceof TaskCancelledError) return signal?.aborted ? 'cancelled' : 'late';
    throw error;
  }
}
