// Waits for a promise no longer than a limit of time or a signal allows, and says which of them it was.
import { TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';

/** The longest a timer of Node can be set to. */
const timerMsMax = 2_147_483_647;

/** The work itself goes on, and what comes of it later is nobody's: whoever waits ends it where it must end. */
export async function waitWithin<T>(
  work: Promise<T>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<T | 'late' | 'cancelled'> {
  const limit = timeout(Math.min(timeoutMs, timerMsMax), TimeoutStrategy.Aggressive);
  try {
    return await limit.execute(() => work, signal);
  } catch (error) {
    if (error instanceof TaskCancelledError) return signal?.aborted ? 'cancelled' : 'late';
    throw error;
  }
}
