// A terminal's screen of bounded size: puts characters at the cursor, moves it, and settles the rows that scroll off.
import { Row } from './row.ts';

/** A command's output is shown on more rows than any progress display redraws. */
export const screenRowsMax = 60;
/** Characters of a row, then it goes on in the next; programs that redraw rows are made for 80 to 250. */
export const screenRowCharsMax = 2_000;

const lineFeed = 0x0a;

type Position = { row: number; column: number };

/** Takes bounded memory, whatever is printed. */
export class Screen {
  readonly #settle: (bytes: Buffer) => void;
  /** Undefined for a row that the cursor only passed, which is an empty line. */
  #rows: (Row | undefined)[] = [undefined];
  /** Rows are used again, since a flood would make thousands. */
  readonly #spare: Row[] = [];
  #row = 0;
  #column = 0;
  #saved: Position = { row: 0, column: 0 };

  /** @param settle gets what nothing can change any more, in order */
  constructor(settle: (bytes: Buffer) => void) {
    this.#settle = settle;
  }

  /**
   * Settles what will have scrolled off of a long text once it is printed; the text has no controls but ends of lines.
   * @returns the rest, which is still to be printed
   */
  scrollBy(bytes: Buffer): Buffer {
    if (!this.#isSettledByScrolling) return bytes;
    let end = bytes.length;
    for (let line = 0; line < screenRowsMax && end >= 0; line++)
      end = end === 0 ? -1 : bytes.lastIndexOf(lineFeed, end - 1);
    if (end < 0) return bytes;
    this.#settleAll();
    this.#settle(bytes.subarray(0, end + 1));
    return bytes.subarray(end + 1);
  }

  /** @param character by its number in Unicode */
  put(character: number): void {
    if (this.#column >= screenRowCharsMax) this.endLine('');
    this.#current.put(this.#column++, character);
  }

  /** Puts many characters at once, each a byte of ASCII: one by one costs twenty times as much. */
  putAscii(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#column >= screenRowCharsMax) this.endLine('');
      const fitting = bytes.subarray(at, at + screenRowCharsMax - this.#column);
      this.#current.putAscii(this.#column, fitting);
      this.#column += fitting.length;
      at += fitting.length;
    }
  }

  /** Goes to the beginning of the next row; from the last one the screen scrolls. */
  endLine(ending: Row['ending']): void {
    if (this.#row === this.#rows.length - 1) this.#addRow(ending);
    this.#row = Math.min(this.#row + 1, this.#rows.length - 1);
    this.#column = 0;
  }

  /** Goes to a row and a column, counted from 0; what isn't given stays. */
  moveTo({ row = this.#row, column = this.#column }: Partial<Position>): void {
    this.#row = clamp(row, screenRowsMax - 1);
    this.#column = clamp(column, screenRowCharsMax - 1);
    if (this.#row < this.#rows.length) return;
    this.#rows.length = this.#row + 1;
  }

  moveBy(rows: number, columns: number): void {
    this.moveTo({ row: this.#row + rows, column: this.#column + columns });
  }

  save(): void {
    this.#saved = { row: this.#row, column: this.#column };
  }

  restore(): void {
    this.moveTo(this.#saved);
  }

  /** @param how as terminals number it: 0 what is behind the cursor, 1 what is before it, 2 all */
  eraseInRow(how: number): void {
    const from = how === 0 ? this.#column : 0;
    this.#current.erase(from, how === 1 ? this.#column + 1 : screenRowCharsMax);
  }

  /** @param how as in `eraseInRow`; 3 is for what has scrolled off, which stays */
  eraseInScreen(how: number): void {
    if (how < 2) this.eraseInRow(how);
    if (how === 0) this.#dropRowsFrom(this.#row + 1);
    else if (how < 3) for (const row of how === 1 ? this.#rows.slice(0, this.#row) : this.#rows) row?.wipe();
  }

  eraseCharacters(count: number): void {
    this.#current.erase(this.#column, this.#column + count);
  }

  removeCharacters(count: number): void {
    this.#current.remove(this.#column, count);
  }

  insertBlanks(count: number): void {
    this.#current.insertBlanks(this.#column, count, screenRowCharsMax);
  }

  /** Settles all that is on the screen; what is printed next follows it. */
  clear(): void {
    while (this.#rows.length - 1 > this.#row && (this.#rows.at(-1)?.isWiped ?? true)) this.#rows.length--;
    this.#settleAll();
  }

  get #current(): Row {
    const row = this.#rows[this.#row] ?? this.#takeRow();
    this.#rows[this.#row] = row;
    return row;
  }

  /**
   * Whether a screenful of lines moves all off as it stands. Spaces at the end of a rewritten row stay or go by what follows
   * them, and a saved position below the last row, where rows were erased, stays on the screen.
   */
  get #isSettledByScrolling(): boolean {
    const row = this.#current;
    const isAtEnd = this.#row === this.#rows.length - 1 && this.#column === row.width;
    return isAtEnd && !row.isRewritten && this.#saved.row <= this.#row;
  }

  #addRow(ending: Row['ending']): void {
    this.#current.ending = ending;
    this.#rows.push(this.#takeRow());
    if (this.#rows.length <= screenRowsMax) return;
    this.#settleRow(this.#rows.shift());
    this.#row = Math.max(0, this.#row - 1);
    this.#saved = { ...this.#saved, row: Math.max(0, this.#saved.row - 1) };
  }

  #takeRow(): Row {
    return this.#spare.pop() ?? new Row();
  }

  #dropRowsFrom(first: number): void {
    if (first >= this.#rows.length) return;
    for (const row of this.#rows.splice(first)) this.#putAside(row);
  }

  #putAside(row: Row | undefined): void {
    row?.reset();
    if (row) this.#spare.push(row);
  }

  #settleRow(row: Row | undefined): void {
    this.#settle(row ? row.bytes : emptyLine);
    this.#putAside(row);
  }

  #settleAll(): void {
    const rows = this.#rows;
    const last = rows.length - 1;
    if (rows[last]) rows[last].ending = '';
    this.#rows = [undefined];
    for (const [at, row] of rows.entries()) if (row || at < last) this.#settleRow(row);
    this.#row = 0;
    this.#column = 0;
    this.#saved = { ...this.#saved, row: 0 };
  }
}

const emptyLine = Buffer.from('\n');

const clamp = (value: number, max: number): number => Math.max(0, Math.min(value, max));
