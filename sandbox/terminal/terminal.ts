// Shows what a command prints as a terminal would in the end: progress that redraws itself is there once, in its last state.
import { isAscii, isUtf8 } from 'node:buffer';
import { countCutAtEnd } from '../shell/character-ends.ts';
import { applySequence } from './moves.ts';
import { Screen } from './screen.ts';
import { readSequence } from './sequence.ts';

const backspace = 0x08;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const esc = 0x1b;
/** For shorter texts it costs more than it saves to settle at once what will scroll off. */
const bulkBytesMin = 4_096;

/**
 * Text that doesn't move the cursor stays as it is, ends of lines in CRLF too; colours are left out. No library does that:
 * an emulator such as xterm breaks lines at its width, makes spaces of tabs, and keeps every cell with its colours.
 */
export class Terminal {
  readonly #screen: Screen;
  /** The beginning of a character, of CRLF or of a sequence whose rest is still to come. */
  #carry: Buffer = noBytes;

  /** @param settle gets what nothing can change any more, in order */
  constructor(settle: (bytes: Buffer) => void) {
    this.#screen = new Screen(settle);
  }

  add(chunk: Buffer): void {
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    const until = bytes.length - (bytes.at(-1) === carriageReturn ? 1 : countCutAtEnd(bytes));
    const whole = bytes.subarray(0, until);
    const left = movesCursor(whole) ? this.#print(whole.toString('utf8')) : this.#printLines(whole);
    const isCarried = left !== '' || until < bytes.length;
    this.#carry = isCarried ? Buffer.concat([Buffer.from(left), bytes.subarray(until)]) : noBytes;
  }

  /** Settles all that is shown by now; what is printed next follows it. */
  clear(): void {
    const carry = this.#carry.toString('utf8');
    this.#carry = noBytes;
    // A text that was never ended is shown; a sequence that was cut short is not.
    if (!carry.startsWith('\x1b')) this.#print(carry === '\r' ? '' : carry);
    else if (carry.length > 2 && carry[1] !== '[') this.#print(carry.slice(2));
    this.#screen.clear();
  }

  /** Prints text without any control but ends of lines. @returns the empty text, since no sequence begins in it */
  #printLines(whole: Buffer): string {
    const bytes = whole.length >= bulkBytesMin ? this.#screen.scrollBy(utf8Of(whole)) : whole;
    if (!isAscii(bytes)) return this.#print(bytes.toString('utf8'));
    for (let at = 0; at < bytes.length; ) {
      const lineEnd = bytes.indexOf(lineFeed, at);
      const end = lineEnd < 0 ? bytes.length : lineEnd;
      const isCrlf = lineEnd > at && bytes[lineEnd - 1] === carriageReturn;
      this.#screen.putAscii(bytes.subarray(at, isCrlf ? end - 1 : end));
      if (lineEnd >= 0) this.#screen.endLine(isCrlf ? '\r\n' : '\n');
      at = end + 1;
    }
    return '';
  }

  /** @returns the beginning of a sequence at the end of the text */
  #print(text: string): string {
    for (let at = 0; at < text.length; ) {
      const character = text.charCodeAt(at);
      if (character > carriageReturn && character !== esc) at += this.#put(text, at);
      else if (character === esc) {
        const sequence = readSequence(text, at);
        if (!sequence) return text.slice(at);
        applySequence(this.#screen, sequence);
        at = sequence.end;
      } else at += this.#handleControl(text, at);
    }
    return '';
  }

  #put(text: string, at: number): number {
    const character = text.codePointAt(at) ?? 0;
    this.#screen.put(character);
    return character > 0xffff ? 2 : 1;
  }

  #handleControl(text: string, at: number): number {
    const character = text.charCodeAt(at);
    const isCrlf = character === carriageReturn && text.charCodeAt(at + 1) === lineFeed;
    if (isCrlf) this.#screen.endLine('\r\n');
    else if (character === lineFeed) this.#screen.endLine('\n');
    else if (character === carriageReturn) this.#screen.moveTo({ column: 0 });
    else if (character === backspace) this.#screen.moveBy(0, -1);
    else this.#screen.put(character);
    return isCrlf ? 2 : 1;
  }
}

const noBytes = Buffer.alloc(0);

const utf8Of = (bytes: Buffer): Buffer => (isUtf8(bytes) ? bytes : Buffer.from(bytes.toString('utf8')));

/** Whether the bytes hold anything but text and ends of lines. */
function movesCursor(bytes: Buffer): boolean {
  if (bytes.includes(esc) || bytes.includes(backspace)) return true;
  let at = bytes.indexOf(carriageReturn);
  while (at >= 0 && bytes[at + 1] === lineFeed) at = bytes.indexOf(carriageReturn, at + 1);
  return at >= 0;
}
