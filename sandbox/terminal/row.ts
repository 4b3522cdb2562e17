// A row of a terminal's screen, with one character a cell, however wide a terminal would show it.

const blank = 0x20;
const cellsMin = 64;
const asciiEnd = 0x80;

export class Row {
  /** The row ends with a line feed, one behind a carriage return, or nothing where it was full or is the last. */
  ending: '' | '\n' | '\r\n' = '\n';
  #cells = new Uint32Array(cellsMin);
  #width = 0;
  #isRewritten = false;
  #isAscii = true;

  /** The number of characters in it. */
  get width(): number {
    return this.#width;
  }

  /** Whether anything but text at its end was ever put into the row. */
  get isRewritten(): boolean {
    return this.#isRewritten;
  }

  /** Whether all that stood in the row has been erased. */
  get isWiped(): boolean {
    return this.#isRewritten && this.#shownWidth === 0;
  }

  put(at: number, character: number): void {
    if (at !== this.#width) this.#reach(at);
    if (at >= this.#cells.length) this.#grow(at + 1);
    this.#cells[at] = character;
    if (character >= asciiEnd) this.#isAscii = false;
    if (at >= this.#width) this.#width = at + 1;
  }

  /** Puts many characters at once, each a byte of ASCII. */
  putAscii(at: number, bytes: Buffer): void {
    const end = at + bytes.length;
    if (at !== this.#width) this.#reach(at);
    this.#grow(end);
    this.#cells.set(bytes, at);
    this.#width = Math.max(this.#width, end);
  }

  erase(from: number, to: number): void {
    if (from >= this.#width) return;
    this.#isRewritten = true;
    if (to >= this.#width) this.#width = from;
    else this.#cells.fill(blank, from, to);
  }

  wipe(): void {
    this.#isRewritten = true;
    this.#width = 0;
  }

  insertBlanks(at: number, count: number, widthMax: number): void {
    if (at >= this.#width) return;
    const width = Math.min(this.#width + count, widthMax);
    this.#grow(width);
    this.#cells.copyWithin(Math.min(at + count, width), at, width - count);
    this.#cells.fill(blank, at, Math.min(at + count, width));
    this.#isRewritten = true;
    this.#width = width;
  }

  remove(at: number, count: number): void {
    if (at >= this.#width) return;
    this.#cells.copyWithin(at, at + count, this.#width);
    this.#isRewritten = true;
    this.#width = Math.max(at, this.#width - count);
  }

  /** The row as UTF-8, with its ending. Trailing spaces that overwrote what stood there before are left out. */
  get bytes(): Buffer {
    const width = this.#shownWidth;
    if (this.#isAscii) return this.#toAsciiBytes(width);
    const bytes = Buffer.allocUnsafe(bytesOfCharacterMax * width + this.ending.length);
    let length = 0;
    for (let at = 0; at < width; at++) length = writeCharacter(bytes, length, this.#cells[at] ?? blank);
    return bytes.subarray(0, length + bytes.write(this.ending, length));
  }

  #toAsciiBytes(width: number): Buffer {
    const bytes = Buffer.allocUnsafe(width + this.ending.length);
    bytes.set(this.#cells.subarray(0, width));
    bytes.write(this.ending, width);
    return bytes;
  }

  /** Makes it an empty row again. */
  reset(): void {
    this.ending = '\n';
    this.#width = 0;
    this.#isRewritten = false;
    this.#isAscii = true;
  }

  get #shownWidth(): number {
    let width = this.#width;
    if (this.#isRewritten) while (width > 0 && this.#cells[width - 1] === blank) width--;
    return width;
  }

  /** Fills what lies between with blanks. */
  #reach(at: number): void {
    this.#isRewritten = true;
    if (at <= this.#width) return;
    this.#grow(at);
    this.#cells.fill(blank, this.#width, at);
    this.#width = at;
  }

  #grow(cells: number): void {
    if (cells <= this.#cells.length) return;
    const larger = new Uint32Array(Math.max(cells, 2 * this.#cells.length));
    larger.set(this.#cells.subarray(0, this.#width));
    this.#cells = larger;
  }
}

const bytesOfCharacterMax = 4;

/** Encodes UTF-8 itself: to make a text of the characters first costs ten times as much. @returns where the next one goes */
function writeCharacter(bytes: Buffer, at: number, character: number): number {
  if (character < 0x80) {
    bytes[at] = character;
    return at + 1;
  }
  const continuations = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  const mark = [0, 0xc0, 0xe0, 0xf0][continuations] ?? 0;
  bytes[at] = mark | (character >> (6 * continuations));
  for (let n = 1; n <= continuations; n++) bytes[at + n] = 0x80 | ((character >> (6 * (continuations - n))) & 0x3f);
  return at + 1 + continuations;
}
