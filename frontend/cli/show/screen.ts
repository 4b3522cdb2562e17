// Where lines go: a stream that nothing is drawn on, or a terminal with a status line and a prompt below them.
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Colors } from './colors.ts';
import { cutToEnd, cutToWidth, widthOf } from './text-width.ts';

export type Footer = {
  /** Lines of what is being written or printed. */
  tail: readonly string[];
  status: string;
};

export interface Screen {
  print(lines: readonly string[]): void;
  show(footer: Footer): void;
  close(): void;
}

export class PlainScreen implements Screen {
  readonly #output: NodeJS.WritableStream;

  constructor(output: NodeJS.WritableStream) {
    this.#output = output;
  }

  print(lines: readonly string[]): void {
    if (lines.length > 0) this.#output.write(`${lines.join('\n')}\n`);
  }

  show(): void {}
  close(): void {}
}

export type Terminal = {
  /** Where it is no terminal, nothing can be typed. */
  stdin: ReadStream;
  stdout: WriteStream;
  colors: Colors;
  /** Whether there is a prompt. */
  takesMessages: boolean;
};

export type TerminalActions = {
  /** A line was typed. */
  enter(line: string): void;
  /** Ctrl-C. */
  interrupt(): void;
  /** Ctrl-D on an empty line. */
  leave(): void;
};

const prompt = '› ';
const noFooter: Footer = { tail: [], status: '' };

/** The line editor draws the whole footer as its prompt, so that typing goes on while lines are printed above. */
export class TerminalScreen implements Screen {
  readonly #output: WriteStream;
  readonly #editor: Interface;
  readonly #colors: Colors;
  readonly #hasPrompt: boolean;
  #footer = noFooter;
  #isDrawn = false;
  #isClosed = false;

  constructor({ stdin, stdout, colors, takesMessages }: Terminal, actions: TerminalActions) {
    this.#output = stdout;
    this.#colors = colors;
    this.#hasPrompt = stdin.isTTY && takesMessages;
    // Keys are read in any case, so that Ctrl-C is one of them and what is typed doesn't spoil the footer.
    const keys = stdin.isTTY ? stdin : new PassThrough();
    this.#editor = createInterface({ input: keys, output: stdout, terminal: true, historySize: 100 });
    this.#editor.on('line', (line) => this.#take(line, actions));
    this.#editor.on('SIGINT', () => actions.interrupt());
    this.#editor.on('close', () => {
      this.#erase();
      this.#isClosed = true;
      actions.leave();
    });
  }

  /** Whether something was typed and not sent. */
  get hasDraft(): boolean {
    return this.#editor.line.trim() !== '';
  }

  dropDraft(): void {
    this.#editor.write(null, { ctrl: true, name: 'e' });
    this.#editor.write(null, { ctrl: true, name: 'u' });
  }

  print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#erase();
    this.#output.write(`${lines.join('\n')}\n`);
    this.#draw();
  }

  show(footer: Footer): void {
    if (JSON.stringify(footer) === JSON.stringify(this.#footer) && this.#isDrawn) return;
    this.#footer = footer;
    this.#erase();
    this.#draw();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#erase();
    this.#isClosed = true;
    this.#editor.removeAllListeners('close');
    this.#editor.close();
  }

  get #columns(): number {
    return Math.max(20, this.#output.columns || 80);
  }

  #take(line: string, actions: TerminalActions): void {
    // The editor has gone to the line below what was typed.
    const rows = this.#promptText().split('\n').length + Math.floor((prompt.length + widthOf(line)) / this.#columns);
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#isDrawn = false;
    this.#draw();
    actions.enter(line);
  }

  #promptText(): string {
    const { faint } = this.#colors;
    const width = this.#columns - 1;
    const { tail, status } = this.#footer;
    const lines = [...tail.map((line) => cutToEnd(line, width)), cutToWidth(status, width)].map(faint);
    return [...lines, this.#hasPrompt ? prompt : ''].join('\n');
  }

  #erase(): void {
    if (!this.#isDrawn || this.#isClosed) return;
    const { rows } = this.#editor.getCursorPos();
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#erasedRows = rows;
    this.#isDrawn = false;
  }

  /** How far the editor goes up before it draws again. */
  #erasedRows = 0;

  #draw(): void {
    if (this.#isClosed) return;
    this.#output.write('\n'.repeat(this.#erasedRows));
    this.#erasedRows = 0;
    this.#editor.setPrompt(this.#promptText());
    this.#editor.prompt(true);
    this.#isDrawn = true;
  }
}
