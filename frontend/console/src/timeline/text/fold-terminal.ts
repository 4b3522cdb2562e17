// What a terminal would show in the end of what a program printed: lines written over, progress bars, moves of the cursor.

/** Escape sequences of colours alone are left in it; a control character stands where something was removed. */
export type Folded = { text: string; isChanged: boolean };

type Cell = { char: string; style: string };

/** Rows and columns that the cursor may go to: beyond them nobody looks, and each would take memory. */
const columnsMax = 20_000;
/** Styles that are remembered at once: of more the first are forgotten. */
const stylesMax = 12;

const escapeChar = '\\x1b';
const end = '\\x07|\\x1b\\\\|\\x9c';
/** What goes on over the end of a line is no command: it would hide what follows. */
const commandText = '[^\\x07\\x1b\\x9c\\n]{0,4096}';
const patternOf = (pattern: string) => new RegExp(pattern, 'y');
const operatingCommand = patternOf(`${escapeChar}\\]${commandText}(?:${end})`);
const deviceCommand = patternOf(`${escapeChar}[PX^_]${commandText}(?:${end})`);
const controlSequence = patternOf(`${escapeChar}\\[([0-?]{0,64})([ -/]{0,4})([@-~])`);
const shortSequence = patternOf(`${escapeChar}(?:[()*+#%][0-9A-Za-z]|[=>78cDEHMNOZ<])`);
const plainRun = patternOf(`[^${escapeChar}\\r\\n\\b]+`);
const lineBreak = /\n/y;
const carriageReturn = /\r/y;
const backspace = /[\b]/y;
const moves = new RegExp(`[${escapeChar}\\r\\b]`);

/** Stands where a command to the terminal was removed: the control characters of the same meaning. */
const removedCommand = '\x9d';
const removedDeviceCommand = '\x90';
/** One that begins nothing here might begin something beside what is written there later. */
const loneEscapeSign = '\x9b';

export function foldTerminal(printed: string): Folded {
  if (!moves.test(printed)) return { text: printed, isChanged: false };
  const screen = new Screen();
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(printed);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < printed.length) {
    const plain = match(plainRun);
    if (plain) screen.write(plain[0]);
    else if (match(lineBreak)) screen.breakLine();
    else if (match(carriageReturn)) screen.moveTo(0);
    else if (match(backspace)) screen.moveBy(-1);
    else if (match(operatingCommand)) screen.remove(removedCommand);
    else if (match(deviceCommand)) screen.remove(removedDeviceCommand);
    else {
      const sequence = match(controlSequence);
      if (sequence) screen.obey(sequence[1] ?? '', sequence[2] ?? '', sequence[3] ?? '');
      else if (!match(shortSequence)) {
        screen.remove(loneEscapeSign);
        at++;
      }
    }
  }
  return { text: screen.print(), isChanged: screen.isChanged };
}

class Screen {
  readonly #rows: Cell[][] = [[]];
  #row = 0;
  #column = 0;
  #styles: string[] = [];
  #style = '';
  /** Whether it differs from what was printed by more than colours. */
  isChanged = false;

  write(text: string): void {
    const row = this.#rows[this.#row] as Cell[];
    for (const char of text) {
      while (row.length < this.#column) row.push({ char: ' ', style: '' });
      if (row.length > this.#column) this.isChanged = true;
      row[this.#column] = { char, style: this.#style };
      this.#column++;
    }
  }

  remove(sign: string): void {
    this.write(sign);
    this.isChanged = true;
  }

  breakLine(): void {
    this.#row++;
    this.#column = 0;
    if (this.#row === this.#rows.length) this.#rows.push([]);
  }

  moveTo(column: number): void {
    this.#column = Math.min(Math.max(0, column), columnsMax);
  }

  moveBy(columns: number): void {
    this.moveTo(this.#column + columns);
  }

  obey(parameters: string, between: string, final: string): void {
    if (between !== '' || /^[<-?]/.test(parameters)) return; // Modes of the terminal, which show nothing.
    const [first = 0] = parameters.split(';').map((number) => Number(number) || 0);
    const count = Math.min(Math.max(1, first), columnsMax);
    if (final === 'm') return this.#restyle(parameters);
    if (final === 'C') this.moveBy(count);
    else if (final === 'D') this.moveBy(-count);
    else if (final === 'G') this.moveTo(count - 1);
    else if (final === 'A') this.#row = Math.max(0, this.#row - count);
    else if (final === 'B') this.#row = Math.min(this.#rows.length - 1, this.#row + count);
    else if (final === 'K') this.#eraseInLine(first);
    else if (final === 'J' && first === 0) this.#eraseBelow();
  }

  print(): string {
    return this.#rows.map(printRow).join('\n');
  }

  #restyle(parameters: string): void {
    if (!/^[\d;:]*$/.test(parameters)) return;
    const isReset = /^0*$/.test(parameters);
    this.#styles = isReset ? [] : [...this.#styles, `\x1b[${parameters.replaceAll(':', ';')}m`].slice(-stylesMax);
    this.#style = this.#styles.join('');
  }

  #eraseInLine(what: number): void {
    const row = this.#rows[this.#row] as Cell[];
    if (row.length > 0) this.isChanged = true;
    if (what === 0) row.length = Math.min(row.length, this.#column);
    else if (what === 2) row.length = 0;
    else row.fill({ char: ' ', style: '' }, 0, Math.min(row.length, this.#column + 1));
  }

  #eraseBelow(): void {
    this.#eraseInLine(0);
    this.#rows.length = this.#row + 1;
  }
}

const resetStyle = '\x1b[0m';

function printRow(row: readonly Cell[]): string {
  let text = '';
  let style = '';
  for (const cell of row) {
    if (cell.style !== style) text += (style === '' ? '' : resetStyle) + cell.style;
    style = cell.style;
    text += cell.char;
  }
  return style === '' ? text : text + resetStyle;
}
