// Text that comes in pieces: its whole lines as they are complete, and the line that is still being written.

/** Of a line that doesn't end: what is longer is shown as several. */
const lineCharsMax = 4_000;

/** A line as a terminal shows it in the end: what comes behind a carriage return is written over what stood there. */
function foldLine(line: string): string {
  if (!line.includes('\r')) return line;
  const parts = line.replace(/\r+$/, '').split('\r');
  return parts.reduce((shown, part) => part + shown.slice(part.length));
}

/** Of a line that isn't complete the part that is being written stays apart, since what comes goes on behind it. */
function foldRest(rest: string): string {
  const at = rest.lastIndexOf('\r');
  return at === -1 ? rest : `${foldLine(rest.slice(0, at))}\r${rest.slice(at + 1)}`;
}

export class LiveText {
  #rest = '';

  /** The line that isn't complete yet, or ''. */
  get rest(): string {
    return foldLine(this.#rest);
  }

  /** @returns the lines that are complete by now */
  add(text: string): string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = foldRest(lines.pop() ?? '');
    while (this.#rest.length > lineCharsMax) {
      lines.push(this.#rest.slice(0, lineCharsMax));
      this.#rest = this.#rest.slice(lineCharsMax);
    }
    return lines.map(foldLine);
  }

  /** @returns what was left without a new line */
  end(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [foldLine(rest)];
  }
}
