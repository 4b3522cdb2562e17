// The pulse of one host, as the main thread sees it: whether its event loop has stood still for too long.

/** How often the beats of hosts are looked at. */
export const hostLookIntervalMs = 1_000;
/** A host that is silent for so long loops or is blocked: nothing of ours holds an event loop for a tenth of it. */
export const hostSilenceMs = 5_000;
/** The same until its first beat: it loads its modules, which takes half a second, on a busy machine several. */
export const hostStartTimeoutMs = 30_000;

const looksMax = hostSilenceMs / hostLookIntervalMs;
const looksUntilBegunMax = hostStartTimeoutMs / hostLookIntervalMs;

export class HostPulse {
  #beats = 0;
  #looksInSilence = 0;

  /**
   * To be called every `hostLookIntervalMs`. It counts looks rather than time, so that a main thread that stood
   * still itself, or a machine that slept, is not mistaken for hosts that did.
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
