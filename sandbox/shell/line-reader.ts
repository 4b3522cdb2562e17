// Takes lines from the chunks of a program's output.

/** More is no line of ours. */
const lineBytesMax = 16_384;
const lineFeed = 0x0a;

export class LineReader {
  #line = Buffer.alloc(0);
  #first: string | undefined;

  /** The first line, once it was whole; before, what there is of it. */
  get first(): string {
    return this.#first ?? this.#line.toString('utf8');
  }

  /** @returns what follows the first line */
  takeFirst(chunk: Buffer): Buffer {
    if (this.#first !== undefined) return chunk;
    const end = chunk.indexOf(lineFeed);
    this.#keep(end < 0 ? chunk : chunk.subarray(0, end));
    if (end < 0) return nothing;
    this.#first = this.#line.toString('utf8');
    return chunk.subarray(end + 1);
  }

  /** @returns the lines that are whole by now */
  takeAll(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      this.#keep(chunk.subarray(from, end));
      lines.push(this.#line.toString('utf8'));
      this.#line = nothing;
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  #keep(piece: Buffer): void {
    const room = lineBytesMax - this.#line.length;
    if (room > 0 && piece.length > 0) this.#line = Buffer.concat([this.#line, piece.subarray(0, room)]);
  }
}

const nothing = Buffer.alloc(0);
