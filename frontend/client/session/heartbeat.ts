// Whether a connection still brings anything: where nothing is heard it is asked for a `pong`, and given up without one.

export type HeartbeatActions = {
  ping(): void;
  /** Nothing came in time. */
  giveUp(): void;
};

export class Heartbeat {
  readonly #actions: HeartbeatActions;
  readonly #halfSilenceMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hasHeard = true;
  #hasAsked = false;

  constructor(silenceMaxMs: number, actions: HeartbeatActions) {
    this.#halfSilenceMs = silenceMaxMs / 2;
    this.#actions = actions;
    this.#schedule(this.#halfSilenceMs);
  }

  hear(): void {
    this.#hasHeard = true;
    this.#hasAsked = false;
  }

  /** Asks at once, and wants an answer sooner than usual: the machine may have slept. */
  probe(patienceMs: number): void {
    this.#ask();
    this.#schedule(Math.min(patienceMs, this.#halfSilenceMs));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    if (this.#hasAsked) return this.#actions.giveUp();
    if (!this.#hasHeard) this.#ask();
    this.#hasHeard = false;
    this.#schedule(this.#halfSilenceMs);
  }

  #ask(): void {
    this.#hasHeard = false;
    this.#hasAsked = true;
    this.#actions.ping();
  }
}
