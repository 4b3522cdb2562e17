// Clients' frames in turns: a flood is received a few frames at a time, between those of everybody else.

/** Frames of one socket that are received in one turn of the event loop: people send one, scripts a few dozen. */
export const framesPerTurnMax = 100;
/** Frames of all sockets in a turn: a command takes 25 µs here, so nobody waits long for the others. */
export const allFramesPerTurnMax = 1_000;
/** Waiting frames of all sockets that are received in a turn. */
export const waitingFramesPerTurnMax = 200;
/**
 * Frames and bytes of one socket that may wait, and bytes of all sockets; more is a flood, and closes the socket. To queue
 * 10,000 frames alone holds everybody up for 14 to 47 ms.
 */
export const framesWaitingMax = 2_000;
export const framesWaitingBytesMax = 1024 * 1024;
export const allFramesWaitingBytesMax = 64 * 1024 * 1024;

export type FrameReceiver = {
  receiveFrame(text: string): void;
  /** Does the work so that its answers leave together. */
  sendTogether(work: () => void): void;
};

/** What one socket has sent in this turn of the event loop, and which of its frames wait. */
export type FrameQueue = {
  readonly receiver: FrameReceiver;
  turn: number;
  receivedInTurn: number;
  waiting: string[];
  bytes: number;
};

export const makeFrameQueue = (receiver: FrameReceiver): FrameQueue => ({
  receiver,
  turn: 0,
  receivedInTurn: 0,
  waiting: [],
  bytes: 0,
});

export class FrameTurns {
  readonly #runLater: (work: () => void) => void;
  readonly #queues = new Set<FrameQueue>();
  #turn = 1;
  /** Frames of all sockets. */
  #receivedInTurn = 0;
  #isEnding = false;
  #bytes = 0;

  /** @param runLater runs the work once this turn's frames of all sockets were received */
  constructor(runLater: (work: () => void) => void = setImmediate) {
    this.#runLater = runLater;
  }

  /**
   * Has a frame received now, or after those of its socket that wait.
   * @param bytes the frame's length in UTF-8
   * @returns false where too much would wait: the frame is dropped
   */
  offer(queue: FrameQueue, text: string, bytes: number): boolean {
    this.#enterTurn(queue);
    const hasRoom = queue.receivedInTurn < framesPerTurnMax && this.#receivedInTurn < allFramesPerTurnMax;
    if (queue.waiting.length === 0 && hasRoom) {
      queue.receivedInTurn++;
      this.#receivedInTurn++;
      queue.receiver.receiveFrame(text);
      return true;
    }
    const isFull = queue.waiting.length >= framesWaitingMax || queue.bytes + bytes > framesWaitingBytesMax;
    if (isFull || this.#bytes + bytes > allFramesWaitingBytesMax) return false;
    queue.waiting.push(text);
    queue.bytes += bytes;
    this.#bytes += bytes;
    this.#queues.add(queue);
    return true;
  }

  /** Counts a frame that needs no answer. @returns false where there are too many in this turn */
  count(queue: FrameQueue): boolean {
    this.#enterTurn(queue);
    return ++queue.receivedInTurn <= framesPerTurnMax + framesWaitingMax;
  }

  drop(queue: FrameQueue): void {
    this.#queues.delete(queue);
    this.#bytes -= queue.bytes;
    queue.waiting = [];
    queue.bytes = 0;
  }

  #enterTurn(queue: FrameQueue): void {
    if (queue.turn !== this.#turn) [queue.turn, queue.receivedInTurn] = [this.#turn, 0];
    this.#endTurnLater();
  }

  #endTurnLater(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#runLater(() => this.#endTurn());
  }

  #endTurn(): void {
    this.#isEnding = false;
    this.#turn++;
    this.#receivedInTurn = 0;
    let left: number = waitingFramesPerTurnMax;
    // The share lets a socket with one frame be received while many flood.
    const share = clamp(Math.floor(left / this.#queues.size), 1, framesPerTurnMax);
    for (const queue of [...this.#queues]) {
      if (left <= 0) break;
      left -= this.#receiveSome(queue, Math.min(left, share));
    }
    if (this.#queues.size > 0) this.#endTurnLater();
  }

  /** A queue with frames left goes behind the others. @returns how many frames were received */
  #receiveSome(queue: FrameQueue, max: number): number {
    const texts = queue.waiting.splice(0, max);
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    queue.bytes -= bytes;
    this.#bytes -= bytes;
    this.#queues.delete(queue);
    if (queue.waiting.length > 0) this.#queues.add(queue);
    queue.receiver.sendTogether(() => {
      for (const text of texts) queue.receiver.receiveFrame(text);
    });
    return texts.length;
  }
}

const clamp = (value: number, min: number, max: number): number => Math.max(min, Math.min(value, max));
