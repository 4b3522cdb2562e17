// Text that comes in pieces: its whole lines as they are complete, and the line that is still being written.

/** Of a line that doesn't end: what is longer is shown as several. */
const lineCharsMax = 4_000;

export class LiveText {
  #rest = '';

  /** The line that isn't complete yet, or ''. */
  get rest(): string {
    return this.#rest;
  }

  /** @returns the lines that are complete by now */
  add(text: string): string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    while (this.#rest.length > lineCharsMax) {
      lines.push(this.#rest.slice(0, lineCharsMax));
      this.#rest = this.#rest.slice(lineCharsMax);
    }
    return lines;
  }

  /** @returns what was left without a new line */
  end(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [rest];
  }
}
