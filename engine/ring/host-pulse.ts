// The pulse of one host, as the main thread sees it: whether its event loop has stood still for too long.
import { limits } from '../../schema/limits.ts';

const looksMax = limits.hostSilenceMs / limits.hostLookIntervalMs;
const looksUntilBegunMax = limits.hostStartTimeoutMs / limits.hostLookIntervalMs;

export class HostPulse {
  #beats = 0;
  #looksInSilence = 0;

  /**
   * To be called every `limits.hostLookIntervalMs`. It counts looks rather than time, so that a main thread that stood
   * still itself, or a machine that slept, is not mistaken for hosts that did.
   * @param beats as the host shows them now
   * @returns whether the host has been silent for too long
   */
  hasStopped(beats: number): boolean {
    this.#looksInSilence = beats === this.#beats ? this.#looksInSilence + 1 : 0;
    this.#beats = beats;
    return this.#looksInSilence >= (beats === 0 ? looksUntilBegunMax : looksMax);
  }
}
