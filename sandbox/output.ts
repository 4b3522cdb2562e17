// What is kept of a command's output: its beginning and its end, whatever came between is counted.
import { limits } from '../schema/limits.ts';

const strictlyHalf = limits.outputBytesMax / 2;

/** Memory is bounded by `limits.outputBytesMax`, however much a command prints. */
export class KeptOutput {
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #bytes = 0;

  /** Bytes printed so far, kept or not. */
  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const toHead = Math.min(chunk.length, strictlyHalf - this.#headBytes);
    if (toHead > 0) {
      this.#head.push(Buffer.from(chunk.subarray(0, toHead))); // Copied, so that a large chunk isn't kept for a few bytes.
      this.#headBytes += toHead;
    }
    if (toHead < chunk.length) this.#addToTail(chunk.subarray(Math.max(toHead, chunk.length - strictlyHalf)));
  }

  /** As text; bytes that aren't UTF-8 become U+FFFD, and what was left out is said. */
  text(): string {
    const tail = Buffer.concat(this.#tail);
    const end = tail.subarray(Math.max(0, tail.length - strictlyHalf));
    const left = this.#bytes - this.#headBytes - end.length;
    const head = Buffer.concat(this.#head);
    if (left === 0) return Buffer.concat([head, end]).toString('utf8');
    return `${head.toString('utf8')}\n[… ${left} bytes left out …]\n${end.toString('utf8')}`;
  }

  #addToTail(chunk: Buffer): void {
    this.#tail.push(Buffer.from(chunk));
    this.#tailBytes += chunk.length;
    while (this.#tailBytes - (this.#tail[0]?.length ?? 0) >= strictlyHalf) {
      this.#tailBytes -= this.#tail.shift()?.length ?? 0;
    }
  }
}
