// Reads the output of a search from its chunks: matches with their whole paths, and other messages.
import { limits } from '../../schema/limits.ts';
import { cutText } from '../../schema/rules/text.ts';

/** Lines that a search returns; where there are more, a model asks more precisely. */
export const searchMatchesMax = 200;
/** Characters of a line's text: code fits, a minified file doesn't. Paths are never cut. */
export const searchLineCharsMax = 300;
/** Characters of all of them, some 3,000 tokens: lines of code and their paths, as far as there is room. */
export const searchCharsMax = 12_000;

/** Enough for a sentence about a wrong expression, with the expression. */
const messagesMax = 10;
/** Lines of output: one more match than is shown says that there are more. */
export const searchLinesMax = searchMatchesMax + 1 + messagesMax;

const bytesOfCharacterMax = 4;
/** Of a match's text, so that every character that is shown is there whole. */
export const searchTextBytesMax = bytesOfCharacterMax * searchLineCharsMax;
/** Linux opens no longer paths, and a line's number is short. */
const lineBytesMax = bytesOfCharacterMax * limits.pathCharsMax + searchTextBytesMax + 32;

const lineFeed = 0x0a;

/** Holds in memory what is shown and one line more. */
export class SearchOutput {
  /** `path:line: text` of each match that there was room for. */
  readonly matches: string[] = [];
  /** What is no match. */
  readonly messages: string[] = [];
  #hasMore = false;
  #chars = 0;
  #line = Buffer.alloc(0);

  /** Whether there are more matches than are kept. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  addChunk(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      this.#keepPiece(chunk.subarray(from, end));
      this.#endLine();
      from = end + 1;
    }
    this.#keepPiece(chunk.subarray(from));
  }

  /** The last line may lack its end. */
  finishOutput(): this {
    this.#endLine();
    return this;
  }

  #keepPiece(piece: Buffer): void {
    const room = lineBytesMax - this.#line.length;
    if (room > 0 && piece.length > 0) this.#line = Buffer.concat([this.#line, piece.subarray(0, room)]);
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = Buffer.alloc(0);
    if (line.length === 0) return;
    const match = parseMatch(line);
    if (match !== undefined) this.#keepMatch(match);
    else if (this.messages.length < messagesMax) this.messages.push(line.toString('utf8'));
  }

  #keepMatch(match: string): void {
    this.#chars += match.length;
    const hasRoom = this.matches.length < searchMatchesMax && this.#chars <= searchCharsMax;
    if (hasRoom) this.matches.push(match);
    else this.#hasMore = true;
  }
}

/** A NUL behind the path tells a match from other output. */
function parseMatch(line: Buffer): string | undefined {
  const nul = line.indexOf(0);
  if (nul < 0) return undefined;
  const [, number, text = ''] = /^(\d+):(.*)$/s.exec(line.toString('utf8', nul + 1)) ?? [];
  if (number === undefined) return undefined;
  const path = line.toString('utf8', 0, nul).replace(/^\.\//, '');
  return `${path}:${number}: ${shortenText(text)}`;
}

function shortenText(text: string): string {
  const whole = text.replace(/\r$/, '');
  const shown = cutText(whole, searchLineCharsMax);
  return shown.length < whole.length ? `${shown}…` : shown;
}
