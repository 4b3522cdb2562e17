// Puts Markdown together from words, marks and line ends, bounded in size.
import { cutText } from '../../../schema/rules/text.ts';

/** Characters of one page: a long one's; the rest is left out. */
const markdownCharsMax = 400_000;

export class MarkdownText {
  /** Only ever added to, and read once: each look at it would copy all of it. */
  #text = '';
  #last = '';
  /** What the next text stands behind: line ends or a space, and the beginnings of marks. */
  #lineEnds = 0;
  #isSpaceDue = false;
  #opening: string[] = [];
  /** Stand at the beginning of each line, of lists and quotes. */
  readonly #indents: string[] = [];
  /** Behind the mark of an item its text follows on the same line. */
  #isBehindItem = false;
  /** In a row of a table lines don't end. */
  isInRow = false;

  /** What was written, within bounds. */
  readText(): string {
    return cutText(this.#text, markdownCharsMax);
  }

  get endsLine(): boolean {
    return this.#last === '\n';
  }

  get isFull(): boolean {
    return this.#text.length > markdownCharsMax;
  }

  /** Text of a page, whose blanks are all alike. */
  addWords(text: string): void {
    const words = text.replaceAll(/\s+/g, ' ');
    if (words.startsWith(' ')) this.#isSpaceDue = true;
    const trimmed = words.trim();
    if (trimmed === '') return;
    this.#beginText();
    this.#add(trimmed);
    this.#isSpaceDue = words.endsWith(' ');
  }

  /** Text as it is, line ends included. */
  addLines(text: string): void {
    this.#beginText();
    this.#add(text.replaceAll('\n', `\n${this.#indents.join('')}`));
  }

  /** @param count 1 for a line, 2 for a paragraph */
  endLine(count: 1 | 2): void {
    this.#lineEnds = Math.max(this.#lineEnds, count);
  }

  /** A mark that is written once text follows. @returns what ends it */
  openMark(mark: string): (end: string) => void {
    const place = this.#opening.push(mark);
    return (end) => {
      if (this.#opening.length >= place) this.#opening.splice(place - 1);
      else this.#add(end);
    };
  }

  /** An item of a list. */
  addItem(mark: string): void {
    this.endLine(1);
    this.addLines(mark);
    this.#isBehindItem = true;
  }

  indent(by: string): void {
    this.#indents.push(by);
  }

  outdent(): void {
    this.#indents.pop();
  }

  #beginText(): void {
    if (this.#last === '') this.#add(this.#indents.join(''));
    else if (!this.#isBehindItem) this.#addSeparator();
    this.#add(this.#opening.splice(0).join(''));
    this.#lineEnds = 0;
    this.#isSpaceDue = false;
    this.#isBehindItem = false;
  }

  #addSeparator(): void {
    if (this.#lineEnds > 0 && !this.isInRow) {
      const indent = this.#indents.join('');
      this.#add(`${`\n${indent.trimEnd()}`.repeat(this.#lineEnds - 1)}\n${indent}`);
    } else if ((this.#isSpaceDue || this.#lineEnds > 0) && this.#last !== ' ') this.#add(' ');
  }

  #add(text: string): void {
    this.#text += text;
    this.#last = text.at(-1) ?? this.#last;
  }
}
