// One after the other: a sandbox has one shell, and whoever comes while it is busy waits in a bounded line.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';

/** Commands that wait for one sandbox's shell: a model asks for a few at once, not more. */
export const sandboxCommandsMax = 16;

export class CommandQueue {
  readonly #line: (() => void)[] = [];
  #isBusy = false;

  /**
   * Runs the work when its turn comes.
   * @returns `cancelled` when the signal came before that, `overloaded` when too many wait
   */
  async run<T>(work: () => Promise<Outcome<T>>, signal: AbortSignal, cancelled: T): Promise<Outcome<T>> {
    if (signal.aborted) return succeeded(cancelled);
    if (this.#line.length >= sandboxCommandsMax)
      return failed('overloaded', 'Too many commands wait for the sandbox.', { retryAfterMs: 1_000 });
    if (this.#isBusy && !(await this.#waitForTurn(signal))) return succeeded(cancelled);
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
      this.#line.shift()?.();
    }
  }

  /** @returns whether it came, rather than the signal */
  #waitForTurn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const begin = () => {
        signal.removeEventListener('abort', leave);
        this.#isBusy = true; // At once: whoever comes now is behind.
        resolve(true);
      };
      const leave = () => {
        this.#line.splice(this.#line.indexOf(begin), 1);
        resolve(false);
      };
      this.#line.push(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
