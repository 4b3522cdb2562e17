// Sends one connection each event once, in order: stored ones first, then those that came meanwhile, then live ones.
import { limits } from '../../schema/limits.ts';
import type { NumberedFrames } from '../sessions/directory.ts';

/** Live frames that are held while history is replayed; more are read back from PostgreSQL instead. */
export const replayPendingFramesMax = 50;
/** Bytes that are sent at once while history is replayed: a quarter of what may be pending, half of which is free then. */
export const replayChunkBytes = 256 * 1024;

export type FeedListener = {
  send(frames: readonly NumberedFrames[]): void;
  /** Waits until the socket takes more; false when it is closed. */
  waitForRoom(): Promise<boolean>;
  /** Waits until the socket has taken everything; false when it is closed. */
  waitUntilTaken(): Promise<boolean>;
  /** Calls `replay` from a position on: what comes after it is stored, but was not delivered here. */
  catchUp(position: number): void;
};

export class Feed {
  #listener: FeedListener | undefined;
  /** The sequence of the last event that the client has. */
  #position = 0;
  #isHeld = false;
  #heldFrames: NumberedFrames[] = [];
  #hasOverflowed = false;
  /** Up to here everything is stored, as the session's owner has said. */
  #expected = 0;

  start(listener: FeedListener): void {
    this.#listener = listener;
  }

  /** Frames that the client has already are left out; those that are missing are read first. */
  deliver(frames: readonly NumberedFrames[]): void {
    if (!this.#isHeld) {
      if (!this.#hasGap(frames)) return this.#send(frames);
      this.hold();
      this.#listener?.catchUp(this.#position);
    }
    this.#hasOverflowed ||= this.#heldFrames.length + frames.length > replayPendingFramesMax;
    if (this.#hasOverflowed) this.#heldFrames = [];
    else this.#heldFrames.push(...frames);
  }

  /** Up to this sequence everything is stored; what of it wasn't delivered here is read, now or once a replay has ended. */
  expect(sequence: number): void {
    this.#expected = Math.max(this.#expected, sequence);
    if (this.#isHeld || sequence <= this.#position) return;
    this.hold();
    this.#listener?.catchUp(this.#position);
  }

  /** Live frames wait from now on until `replay` has ended. */
  hold(): void {
    this.#isHeld = true;
  }

  /**
   * Sends the stored frames after a position, then the held ones. The feed must be held before anything is read, and be
   * given every frame that is committed from then on, so that a frame is in the last page or held. Too many held frames are
   * dropped, since another page has them. A gap before the held ones is read once more, and left where nothing is stored.
   * Another page is read when the socket has taken the one before, so that nothing is read ahead for a client that doesn't read.
   * @param read gives the next page of stored frames, undefined where the client has left; fewer than
   * `limits.replayPageRows` are the last ones
   */
  async replay(
    position: number,
    read: (afterSequence: number) => Promise<NumberedFrames[] | undefined>,
  ): Promise<void> {
    this.#position = position;
    let lookedForUpTo = 0;
    for (;;) {
      this.#hasOverflowed = false;
      const page = await read(this.#position);
      if (!page) return;
      for (const chunk of splitIntoChunks(page)) {
        this.#send(chunk);
        if (!(await this.#listener?.waitForRoom())) return;
      }
      if (page.length < limits.replayPageRows && !this.#hasOverflowed) {
        const missing = this.#findMissing();
        if (missing <= lookedForUpTo) break;
        lookedForUpTo = missing;
      }
      if (!(await this.#listener?.waitUntilTaken())) return;
    }
    this.#isHeld = false;
    const heldFrames = this.#heldFrames;
    this.#heldFrames = [];
    this.#send(heldFrames);
  }

  /** @returns up to where something is missing that the held frames don't bring; 0 where nothing is */
  #findMissing(): number {
    const lastHeld = this.#heldFrames.at(-1)?.sequence ?? 0;
    const beyondHeld = this.#expected > Math.max(this.#position, lastHeld) ? this.#expected : 0;
    return this.#hasGap(this.#heldFrames) ? Math.max(lastHeld, beyondHeld) : beyondHeld;
  }

  #hasGap(frames: readonly NumberedFrames[]): boolean {
    const last = frames.at(-1)?.sequence ?? 0;
    if (last <= this.#position) return false;
    const first = frames.findIndex((frame) => frame.sequence > this.#position);
    return last - this.#position !== frames.length - first;
  }

  #send(frames: readonly NumberedFrames[]): void {
    const newFrames = frames.filter((frame) => frame.sequence > this.#position);
    const last = newFrames.at(-1);
    if (!last) return;
    this.#position = last.sequence;
    this.#listener?.send(newFrames);
  }
}

/** A chunk has as many frames as fit into `replayChunkBytes`; a larger frame is a chunk of its own. */
function* splitIntoChunks(page: readonly NumberedFrames[]): Generator<NumberedFrames[]> {
  let chunk: NumberedFrames[] = [];
  let bytes = 0;
  for (const numbered of page) {
    const frameBytes = numbered.frames.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0);
    if (chunk.length > 0 && bytes + frameBytes > replayChunkBytes) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(numbered);
    bytes += frameBytes;
  }
  if (chunk.length > 0) yield chunk;
}
