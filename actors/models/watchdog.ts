// Ends a request on which nothing comes any more. Pings and comments are no sign of life: they come from proxies too.

export type WatchdogTimes = { firstSignTimeoutMs: number; nextSignTimeoutMs: number; goodbyeTimeoutMs: number };

export class Watchdog {
  readonly #times: WatchdogTimes;
  readonly #cancel: AbortSignal;
  readonly #abort = new AbortController();
  readonly #onCancel = () => this.#abort.abort();
  #timer: NodeJS.Timeout | undefined;
  #isSilent = false;
  #isComplete = false;

  /** @param cancel ends the request too, for whoever wants it no more */
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

  /** Something came that is part of an answer. */
  noteSign(): void {
    if (!this.#isComplete) this.#startTimer(this.#times.nextSignTimeoutMs);
  }

  /** The answer is complete: the stream gets a moment to end by itself, so that its connection can be kept. */
  noteComplete(): void {
    this.#isComplete = true;
    this.#startTimer(this.#times.goodbyeTimeoutMs);
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
