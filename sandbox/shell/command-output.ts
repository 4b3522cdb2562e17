// Keeps the beginning and the end of a command's output as a terminal shows them, and counts what came between.
import { Terminal } from '../terminal/terminal.ts';
import { countCutAtEnd, countCutAtStart } from './character-ends.ts';

/** Bytes of a command's output that are kept: half from its beginning, half from its end. */
export const outputBytesMax = 100_000;

/** Room for the sentence that says what was left out. */
const noteBytes = 100;
const half = (outputBytesMax - noteBytes) / 2;

/** Takes memory bounded by `outputBytesMax`, however much a command prints, in however small pieces. */
export class CommandOutput {
  #head: Buffer = Buffer.alloc(0);
  #headBytes = 0;
  /** A ring buffer: the next byte takes the place of the oldest. */
  #tail: Buffer = Buffer.alloc(0);
  #tailBytes = 0;
  readonly #terminal = new Terminal((bytes) => this.#keep(bytes));
  #bytes = 0;

  /** Bytes printed so far, shown and kept or not. */
  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#terminal.add(chunk);
  }

  #keep(chunk: Buffer): void {
    const toHead = Math.min(chunk.length, half - this.#headBytes);
    if (toHead > 0) this.#addToHead(chunk.subarray(0, toHead));
    if (toHead < chunk.length) this.#addToTail(chunk.subarray(toHead));
  }

  /**
   * @returns at most `outputBytesMax` characters; bytes that aren't UTF-8 are U+FFFD, and a sentence says how many bytes are
   * left out
   */
  toText(): string {
    this.#terminal.clear();
    const head = this.#head.subarray(0, this.#headBytes);
    const tail = this.#readTail();
    if (this.#tailBytes === tail.length) return Buffer.concat([head, tail]).toString('utf8');
    const first = head.subarray(0, head.length - countCutAtEnd(head));
    const last = tail.subarray(countCutAtStart(tail));
    const left = this.#headBytes + this.#tailBytes - first.length - last.length;
    return `${first.toString('utf8')}\n[… ${left} bytes left out …]\n${last.toString('utf8')}`;
  }

  /** The buffer grows by doubling, so that a short output costs little. */
  #addToHead(chunk: Buffer): void {
    const needed = this.#headBytes + chunk.length;
    if (needed > this.#head.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(half, Math.max(needed, 2 * this.#head.length)));
      this.#head.copy(larger, 0, 0, this.#headBytes);
      this.#head = larger;
    }
    chunk.copy(this.#head, this.#headBytes);
    this.#headBytes = needed;
  }

  #addToTail(chunk: Buffer): void {
    if (this.#tail.length === 0) this.#tail = Buffer.allocUnsafeSlow(half);
    const kept = chunk.subarray(Math.max(0, chunk.length - half));
    this.#tailBytes += chunk.length;
    const end = this.#tailBytes % half;
    const toEnd = Math.min(kept.length, end);
    kept.copy(this.#tail, end - toEnd, kept.length - toEnd);
    kept.copy(this.#tail, half - (kept.length - toEnd), 0, kept.length - toEnd);
  }

  #readTail(): Buffer {
    if (this.#tailBytes <= half) return this.#tail.subarray(0, this.#tailBytes);
    const oldest = this.#tailBytes % half;
    return Buffer.concat([this.#tail.subarray(oldest), this.#tail.subarray(0, oldest)]);
  }
}
