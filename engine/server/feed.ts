// One socket's events in order, each once: history first, then what came meanwhile, then live.
import { limits } from '../../schema/limits.ts';
import type { NumberedFrames } from '../sessions/directory.ts';

/** Live frames kept for a socket while its history is replayed; more are read back from PostgreSQL instead. */
export const replayPendingFramesMax = 50;
/** Sent at once while history is replayed: a quarter of what may be pending, of which half is free by then. */
export const replayChunkBytes = 256 * 1024;

export type FeedListener = {
  send(frames: readonly NumberedFrames[]): void;
  /** Waits until the socket takes more; false when it is closed. */
  waitForRoom(): Promise<boolean>;
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

  start(listener: FeedListener): void {
    this.#listener = listener;
  }

  /** Live frames, in order. Those that the client has already are left out; those that are missing are read first. */
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

  /** From now on live frames wait for `replay`. */
  hold(): void {
    this.#isHeld = true;
  }

  /**
   * Sends what is stored after a position, then what was held. The feed must have been held, and given every frame
   * committed since, before anything was read: then what the last page doesn't hold is held here, and nothing falls
   * between. Too many held frames are dropped: they are stored, so another page has them. So is what the held ones lack,
   * unless nobody has it any more: then they are sent without it.
   * @param read the next page of stored frames; fewer than `limits.replayPageRows` means there are no more
   */
  async replay(position: number, read: (afterSequence: number) => Promise<NumberedFrames[]>): Promise<void> {
    this.#position = position;
    let hasLookedForGap = false;
    for (;;) {
      this.#hasOverflowed = false;
      const page = await read(this.#position);
      for (const chunk of splitIntoChunks(page)) {
        this.#send(chunk);
        if (!(await this.#listener?.waitForRoom())) return;
      }
      if (page.length >= limits.replayPageRows || this.#hasOverflowed) continue;
      if (hasLookedForGap || !this.#hasGap(this.#heldFrames)) break;
      hasLookedForGap = true;
    }
    this.#isHeld = false;
    const meanwhile = this.#heldFrames;
    this.#heldFrames = [];
    this.#send(meanwhile);
  }

  /** Whether something is missing between what the client has and the last of these frames. */
  #hasGap(frames: readonly NumberedFrames[]): boolean {
    const last = frames.at(-1)?.sequence ?? 0;
    if (last <= this.#position) return false;
    const first = frames.findIndex((frame) => frame.sequence > this.#position);
    return last - this.#position !== frames.length - first;
  }

  #send(frames: readonly NumberedFrames[]): void {
    const fresh = frames.filter((frame) => frame.sequence > this.#position);
    const last = fresh.at(-1);
    if (!last) return;
    this.#position = last.sequence;
    this.#listener?.send(fresh);
  }
}

/** As many frames together as fit into `replayChunkBytes`; one that is larger stands alone. */
function* splitIntoChunks(page: readonly NumberedFrames[]): Generator<NumberedFrames[]> {
  let chunk: NumberedFrames[] = [];
  let bytes = 0;
  for (const numbered of page) {
    const more = numbered.frames.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0);
    if (chunk.length > 0 && bytes + more > replayChunkBytes) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(numbered);
    bytes += more;
  }
  if (chunk.length > 0) yield chunk;
}
