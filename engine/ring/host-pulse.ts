// Tells from a host's beats whether its event loop has stood still for too long.

/** How often the main thread looks at hosts' beats. */
export const hostLookIntervalMs = 1_000;
/** How long a host may be silent before it is ended; the engine's own code holds an event loop for less than a tenth of it. */
export const hostSilenceMs = 5_000;
/** The same before the first beat: loading the modules takes half a second, on a busy machine several. */
export const hostStartTimeoutMs = 30_000;

const looksMax = hostSilenceMs / hostLookIntervalMs;
const looksUntilBegunMax = hostStartTimeoutMs / hostLookIntervalMs;

export class HostPulse {
  #beats = 0;
  #looksInSilence = 0;

  /**
   * To be called every `hostLookIntervalMs`. Looks are counted rather than time, so that no host is ended because the main
   * thread stood still or the machine slept.
   * @param beats as the host shows them now
   */
  look(beats: number): void {
    this.#looksInSilence = beats === this.#beats ? this.#looksInSilence + 1 : 0;
    this.#beats = beats;
  }

  /** Whether the host has been silent for too long, as of the last look. */
  get hasStopped(): boolean {
    return this.#looksInSilence >= (this.#beats === 0 ? looksUntilBegunMax : looksMax);
  }
}
