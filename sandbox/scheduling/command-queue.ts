// Runs the commands of one sandbox one after the other; a bounded number waits for its turn.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';

/** Commands that may wait for one sandbox's shell: a model asks for a few at once. */
export const sandboxCommandsMax = 16;

export class CommandQueue {
  readonly #waiting: (() => void)[] = [];
  #isBusy = false;

  /**
   * Runs the work in its turn.
   * @returns `cancelled` when the signal came before the turn, `overloaded` when too many wait
   */
  async run<T>(work: () => Promise<Outcome<T>>, signal: AbortSignal, cancelled: T): Promise<Outcome<T>> {
    if (signal.aborted) return succeeded(cancelled);
    if (this.#waiting.length >= sandboxCommandsMax)
      return failed('overloaded', 'Too many commands wait for the sandbox.', { retryAfterMs: 1_000 });
    if (this.#isBusy && !(await this.#waitForTurn(signal))) return succeeded(cancelled);
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
      this.#waiting.shift()?.();
    }
  }

  /** @returns false when the signal came before the turn */
  #waitForTurn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const begin = () => {
        signal.removeEventListener('abort', leave);
        this.#isBusy = true; // Set at once, so that a command that comes now waits.
        resolve(true);
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        resolve(false);
      };
      this.#waiting.push(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
