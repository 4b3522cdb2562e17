// Frames of clients in turns: who sends many at once is heard a few at a time, between those of everybody else.
import { limits } from '../../schema/limits.ts';

/** Whose frames they are. */
export type Speaker = {
  heard(text: string): void;
  /** Does something whose answers leave together. */
  together(work: () => void): void;
};

/** What one socket has said in this turn of the event loop, and what of it waits. */
export type Line = { readonly speaker: Speaker; turn: number; heardInTurn: number; waiting: string[]; bytes: number };

export const lineOf = (speaker: Speaker): Line => ({ speaker, turn: 0, heardInTurn: 0, waiting: [], bytes: 0 });

export class FrameTurns {
  readonly #later: (work: () => void) => void;
  readonly #lines = new Set<Line>();
  #turn = 1;
  /** Of all sockets. */
  #heardInTurn = 0;
  #isEnding = false;
  #bytes = 0;

  /** @param later runs work once all sockets that have something to say were heard */
  constructor(later: (work: () => void) => void = setImmediate) {
    this.#later = later;
  }

  /**
   * Has a frame heard now, or behind those of its socket that wait.
   * @param bytes how long it is in UTF-8
   * @returns false where too much would wait: it is dropped
   */
  offer(line: Line, text: string, bytes: number): boolean {
    this.#lookAt(line);
    const hasRoom = line.heardInTurn < limits.framesPerTurnMax && this.#heardInTurn < limits.allFramesPerTurnMax;
    if (line.waiting.length === 0 && hasRoom) {
      line.heardInTurn++;
      this.#heardInTurn++;
      line.speaker.heard(text);
      return true;
    }
    const isFull = line.waiting.length >= limits.framesWaitingMax || line.bytes + bytes > limits.framesWaitingBytesMax;
    if (isFull || this.#bytes + bytes > limits.allFramesWaitingBytesMax) return false;
    line.waiting.push(text);
    line.bytes += bytes;
    this.#bytes += bytes;
    this.#lines.add(line);
    return true;
  }

  /** Counts a frame that needs no answer. @returns false where there are too many in this turn */
  count(line: Line): boolean {
    this.#lookAt(line);
    return ++line.heardInTurn <= limits.framesPerTurnMax + limits.framesWaitingMax;
  }

  /** Nothing of it will be heard any more. */
  drop(line: Line): void {
    this.#lines.delete(line);
    this.#bytes -= line.bytes;
    line.waiting = [];
    line.bytes = 0;
  }

  #lookAt(line: Line): void {
    if (line.turn !== this.#turn) [line.turn, line.heardInTurn] = [this.#turn, 0];
    this.#endLater();
  }

  #endLater(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#later(() => this.#end());
  }

  #end(): void {
    this.#isEnding = false;
    this.#turn++;
    this.#heardInTurn = 0;
    let left: number = limits.waitingFramesPerTurnMax;
    // Who said one thing while many flood doesn't wait until those have had all their turn.
    const share = clamp(Math.floor(left / this.#lines.size), 1, limits.framesPerTurnMax);
    for (const line of [...this.#lines]) {
      if (left <= 0) break;
      left -= this.#hearSome(line, Math.min(left, share));
    }
    if (this.#lines.size > 0) this.#endLater();
  }

  /** Then it stands behind the others. @returns how many were heard */
  #hearSome(line: Line, max: number): number {
    const texts = line.waiting.splice(0, max);
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    line.bytes -= bytes;
    this.#bytes -= bytes;
    this.#lines.delete(line);
    if (line.waiting.length > 0) this.#lines.add(line);
    line.speaker.together(() => {
      for (const text of texts) line.speaker.heard(text);
    });
    return texts.length;
  }
}

const clamp = (value: number, min: number, max: number): number => Math.max(min, Math.min(value, max));
