// Ends a request on which nothing comes any more. Pings and comments don't count: proxies send them, too.

export type WatchdogTimes = { firstSignTimeoutMs: number; nextSignTimeoutMs: number; streamEndTimeoutMs: number };

export class Watchdog {
  readonly #times: WatchdogTimes;
  readonly #cancel: AbortSignal;
  readonly #abort = new AbortController();
  readonly #onCancel = () => this.#abort.abort();
  #timer: NodeJS.Timeout | undefined;
  #isSilent = false;
  #isComplete = false;

  /** @param cancel ends the request too, when its caller gives up */
  constructor(times: WatchdogTimes, cancel: AbortSignal) {
    this.#times = times;
    this.#cancel = cancel;
    if (cancel.aborted) this.#abort.abort();
    else cancel.addEventListener('abort', this.#onCancel, { once: true });
    this.#startTimer(times.firstSignTimeoutMs);
  }

  /** Ends the request. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether the request was ended because nothing came. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** A part of an answer came. */
  noteSign(): void {
    if (!this.#isComplete) this.#startTimer(this.#times.nextSignTimeoutMs);
  }

  /** The answer is complete: the stream gets a moment to end by itself, so that its connection can be kept. */
  noteComplete(): void {
    this.#isComplete = true;
    this.#startTimer(this.#times.streamEndTimeoutMs);
  }

  /** The request is over; a connection that is still open is closed. */
  stopWatching(): void {
    clearTimeout(this.#timer);
    this.#cancel.removeEventListener('abort', this.#onCancel);
    this.#abort.abort();
  }

  #startTimer(timeoutMs: number): void {
    clearTimeout(this.#timer);
    if (this.#abort.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#isSilent = !this.#isComplete;
      this.#abort.abort();
    }, timeoutMs);
  }
}
