// What a host shows of itself in shared memory, which the main thread can read after the host died.

/** Sessions of one host that are noted as at work; each takes 40 bytes of shared memory. */
export const workingSessionsMax = 8_192;

const beatsBytes = 4;
/** One byte says how long the id in a slot is; a UUID has 36 characters. */
const slotBytes = 40;

/**
 * A counter that grows while the event loop turns, and the sessions that are at work: one of them may be why the host dies.
 * The host writes, the main thread reads. More than `workingSessionsMax` at once are not noted.
 */
export class HostStatus {
  readonly memory: SharedArrayBuffer;
  readonly #beats: Int32Array;
  readonly #slots: Uint8Array;
  readonly #slotOf = new Map<string, number>();
  readonly #freeSlots: number[] = [];
  #usedSlots = 0;

  /** @param memory of the thread that writes, for the one that reads */
  constructor(memory = new SharedArrayBuffer(beatsBytes + workingSessionsMax * slotBytes)) {
    this.memory = memory;
    this.#beats = new Int32Array(memory, 0, 1);
    this.#slots = new Uint8Array(memory, beatsBytes);
  }

  beat(): void {
    Atomics.add(this.#beats, 0, 1);
  }

  get beats(): number {
    return Atomics.load(this.#beats, 0);
  }

  markWorking(sessionId: string): void {
    if (this.#slotOf.has(sessionId) || sessionId.length >= slotBytes) return;
    const slot = this.#freeSlots.pop() ?? this.#usedSlots++;
    if (slot >= workingSessionsMax) return void this.#usedSlots--;
    const at = slot * slotBytes;
    for (let i = 0; i < sessionId.length; i++) this.#slots[at + 1 + i] = sessionId.charCodeAt(i);
    Atomics.store(this.#slots, at, sessionId.length); // The length comes last, so that nobody reads half an id.
    this.#slotOf.set(sessionId, slot);
  }

  markIdle(sessionId: string): void {
    const slot = this.#slotOf.get(sessionId);
    if (slot === undefined) return;
    Atomics.store(this.#slots, slot * slotBytes, 0);
    this.#slotOf.delete(sessionId);
    this.#freeSlots.push(slot);
  }

  /** The sessions that are at work, or were when the host died. */
  get workingSessions(): ReadonlySet<string> {
    const found = new Set<string>();
    for (let at = 0; at < this.#slots.length; at += slotBytes) {
      const length = Atomics.load(this.#slots, at);
      if (length > 0) found.add(String.fromCharCode(...this.#slots.subarray(at + 1, at + 1 + length)));
    }
    return found;
  }
}
