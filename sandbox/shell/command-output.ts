// Keeps the beginning and the end of a command's output as a terminal shows them, and counts what came between.
import { Terminal } from '../terminal/terminal.ts';
import { countCutAtEnd, countCutAtStart } from './character-ends.ts';

/** Bytes of a command's output that are kept: half from its beginning, half from its end. */
export const outputBytesMax = 100_000;

/** Room for the sentence that says what was left out. */
const noteBytes = 100;

export type CommandOutputOptions = {
  /** What is kept, half of it from the end. */
  bytesMax?: number;
  /** Takes all of an output that is longer, from its first byte on, as soon as it is known to be. */
  onLong?: (chunk: Buffer) => void;
};

/** What is kept of an output, cut between characters. */
export type KeptParts = { head: Buffer; tail: Buffer; leftBytes: number };

/** Takes bounded memory, however much a command prints, in however small pieces. */
export class CommandOutput {
  readonly #half: number;
  readonly #onLong: CommandOutputOptions['onLong'];
  #head: Buffer = Buffer.alloc(0);
  #headBytes = 0;
  /** A ring buffer: the next byte takes the place of the oldest. */
  #tail: Buffer = Buffer.alloc(0);
  #tailBytes = 0;
  readonly #terminal = new Terminal((bytes) => this.#keep(bytes));
  #bytes = 0;

  constructor({ bytesMax = outputBytesMax, onLong }: CommandOutputOptions = {}) {
    this.#half = Math.floor((bytesMax - noteBytes) / 2);
    this.#onLong = onLong;
  }

  /** Bytes printed so far, shown and kept or not. */
  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#terminal.add(chunk);
  }

  #keep(chunk: Buffer): void {
    this.#passOn(chunk);
    const toHead = Math.min(chunk.length, this.#half - this.#headBytes);
    if (toHead > 0) this.#addToHead(chunk.subarray(0, toHead));
    if (toHead < chunk.length) this.#addToTail(chunk.subarray(toHead));
  }

  #passOn(chunk: Buffer): void {
    if (!this.#onLong) return;
    const keptBytes = this.#headBytes + this.#tailBytes;
    const most = 2 * this.#half;
    if (keptBytes + chunk.length <= most) return;
    if (keptBytes <= most)
      for (const kept of [this.#head.subarray(0, this.#headBytes), this.#readTail()]) this.#onLong(Buffer.from(kept));
    this.#onLong(Buffer.from(chunk)); // The terminal may use its bytes again.
  }

  /** Settles what the terminal still shows. */
  readParts(): KeptParts {
    this.#terminal.clear();
    const head = this.#head.subarray(0, this.#headBytes);
    const tail = this.#readTail();
    if (this.#tailBytes === tail.length) return { head: Buffer.concat([head, tail]), tail: noBytes, leftBytes: 0 };
    const first = head.subarray(0, head.length - countCutAtEnd(head));
    const last = tail.subarray(countCutAtStart(tail));
    const leftBytes = this.#headBytes + this.#tailBytes - first.length - last.length;
    return { head: first, tail: last, leftBytes };
  }

  /** @returns at most so many characters as bytes are kept; bytes that aren't UTF-8 are U+FFFD, and a sentence says how many are left out */
  toText(): string {
    const { head, tail, leftBytes } = this.readParts();
    if (leftBytes === 0) return head.toString('utf8');
    return `${head.toString('utf8')}\n[… ${leftBytes} bytes left out …]\n${tail.toString('utf8')}`;
  }

  /** The buffer grows by doubling, so that a short output costs little. */
  #addToHead(chunk: Buffer): void {
    const needed = this.#headBytes + chunk.length;
    if (needed > this.#head.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#half, Math.max(needed, 2 * this.#head.length)));
      this.#head.copy(larger, 0, 0, this.#headBytes);
      this.#head = larger;
    }
    chunk.copy(this.#head, this.#headBytes);
    this.#headBytes = needed;
  }

  #addToTail(chunk: Buffer): void {
    const half = this.#half;
    if (this.#tail.length === 0) this.#tail = Buffer.allocUnsafeSlow(half);
    const kept = chunk.subarray(Math.max(0, chunk.length - half));
    this.#tailBytes += chunk.length;
    const end = this.#tailBytes % half;
    const toEnd = Math.min(kept.length, end);
    kept.copy(this.#tail, end - toEnd, kept.length - toEnd);
    kept.copy(this.#tail, half - (kept.length - toEnd), 0, kept.length - toEnd);
  }

  #readTail(): Buffer {
    if (this.#tailBytes <= this.#half) return this.#tail.subarray(0, this.#tailBytes);
    const oldest = this.#tailBytes % this.#half;
    return Buffer.concat([this.#tail.subarray(oldest), this.#tail.subarray(0, oldest)]);
  }
}

const noBytes = Buffer.alloc(0);
