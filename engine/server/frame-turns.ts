// Frames of clients in turns: who sends many at once is heard a few at a time, between those of everybody else.

/** Frames of one socket that are heard in one turn of the event loop: people send one, scripts a few dozen. */
export const framesPerTurnMax = 100;
/** Frames of all sockets in a turn: a command takes 25 µs here, so nobody waits long for the others. */
export const allFramesPerTurnMax = 1_000;
/** Frames that waited, of all together in a turn. */
export const waitingFramesPerTurnMax = 200;
/**
 * Frames and bytes of one socket that wait for their turn, and bytes of all: more at once is a flood, and closes it. Only to
 * take in 10,000 frames holds everybody up for 14 to 47 ms.
 */
export const framesWaitingMax = 2_000;
export const framesWaitingBytesMax = 1024 * 1024;
export const allFramesWaitingBytesMax = 64 * 1024 * 1024;

/** Whose frames they are. */
export type FrameReceiver = {
  receiveFrame(text: string): void;
  /** Does something whose answers leave together. */
  sendTogether(work: () => void): void;
};

/** What one socket has said in this turn of the event loop, and what of it waits. */
export type FrameQueue = {
  readonly receiver: FrameReceiver;
  turn: number;
  receivedInTurn: number;
  waiting: string[];
  bytes: number;
};

export const makeFrameQueue = (speaker: FrameReceiver): FrameQueue => ({
  receiver: speaker,
  turn: 0,
  receivedInTurn: 0,
  waiting: [],
  bytes: 0,
});

export class FrameTurns {
  readonly #runLater: (work: () => void) => void;
  readonly #queues = new Set<FrameQueue>();
  #turn = 1;
  /** Of all sockets. */
  #receivedInTurn = 0;
  #isEnding = false;
  #bytes = 0;

  /** @param later runs work once all sockets that have something to say were heard */
  constructor(later: (work: () => void) => void = setImmediate) {
    this.#runLater = later;
  }

  /**
   * Has a frame heard now, or behind those of its socket that wait.
   * @param bytes how long it is in UTF-8
   * @returns false where too much would wait: it is dropped
   */
  offer(line: FrameQueue, text: string, bytes: number): boolean {
    this.#enterTurn(line);
    const hasRoom = line.receivedInTurn < framesPerTurnMax && this.#receivedInTurn < allFramesPerTurnMax;
    if (line.waiting.length === 0 && hasRoom) {
      line.receivedInTurn++;
      this.#receivedInTurn++;
      line.receiver.receiveFrame(text);
      return true;
    }
    const isFull = line.waiting.length >= framesWaitingMax || line.bytes + bytes > framesWaitingBytesMax;
    if (isFull || this.#bytes + bytes > allFramesWaitingBytesMax) return false;
    line.waiting.push(text);
    line.bytes += bytes;
    this.#bytes += bytes;
    this.#queues.add(line);
    return true;
  }

  /** Counts a frame that needs no answer. @returns false where there are too many in this turn */
  count(line: FrameQueue): boolean {
    this.#enterTurn(line);
    return ++line.receivedInTurn <= framesPerTurnMax + framesWaitingMax;
  }

  /** Nothing of it will be heard any more. */
  drop(line: FrameQueue): void {
    this.#queues.delete(line);
    this.#bytes -= line.bytes;
    line.waiting = [];
    line.bytes = 0;
  }

  #enterTurn(line: FrameQueue): void {
    if (line.turn !== this.#turn) [line.turn, line.receivedInTurn] = [this.#turn, 0];
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
    // Who said one thing while many flood doesn't wait until those have had all their turn.
    const share = clamp(Math.floor(left / this.#queues.size), 1, framesPerTurnMax);
    for (const line of [...this.#queues]) {
      if (left <= 0) break;
      left -= this.#receiveSome(line, Math.min(left, share));
    }
    if (this.#queues.size > 0) this.#endTurnLater();
  }

  /** Then it stands behind the others. @returns how many were heard */
  #receiveSome(line: FrameQueue, max: number): number {
    const texts = line.waiting.splice(0, max);
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    line.bytes -= bytes;
    this.#bytes -= bytes;
    this.#queues.delete(line);
    if (line.waiting.length > 0) this.#queues.add(line);
    line.receiver.sendTogether(() => {
      for (const text of texts) line.receiver.receiveFrame(text);
    });
    return texts.length;
  }
}

const clamp = (value: number, min: number, max: number): number => Math.max(min, Math.min(value, max));
