// Writes a page's HTML as Markdown, in one pass over its tags: in time and memory that grow with its length alone.
import { setImmediate as letOthersWork } from 'node:timers/promises';
import { Parser } from 'htmlparser2';
import { MarkdownText } from './markdown-text.ts';

/** Tags within each other: real pages have some dozen; what has more is not read to its end. */
const depthMax = 300;
/** Lists and quotes within each other that are shown as such. */
const indentsMax = 8;
/** Characters of an address; longer ones hold data. */
const addressCharsMax = 300;
/** Characters that are read at once, some milliseconds of a thread's time. */
const pieceChars = 16_384;

export type Page = { title: string; markdown: string; isCut: boolean };

type Attributes = Record<string, string>;
/** Writes a tag's beginning. @returns what writes its end */
type WriteTag = (page: PageWriter, attributes: Attributes) => (() => void) | undefined;

export async function writeMarkdown(html: string): Promise<Page> {
  const hasMain = /<main[\s>]/i.test(html);
  const page = await new PageWriter(hasMain).write(html);
  return page.markdown === '' && hasMain ? new PageWriter(false).write(html) : page;
}

class PageWriter {
  readonly text = new MarkdownText();
  readonly lists: { isOrdered: boolean; items: number }[] = [];
  /** The cells of each row so far, of the outermost table. */
  rows: number[] = [];
  tables = 0;
  preDepth = 0;
  /** Above 0 nothing is shown. */
  hidden: number;
  #title = '';
  #isTitle = false;
  #isCut = false;
  readonly #ends: ((() => void) | undefined)[] = [];

  /** @param isMainAlone whether only what is in `main` is shown */
  constructor(isMainAlone: boolean) {
    this.hidden = isMainAlone ? 1 : 0;
  }

  async write(html: string): Promise<Page> {
    const parser = new Parser({
      onopentag: (name, attributes) => this.#open(name, attributes),
      ontext: (text) => this.#addText(text),
      onclosetag: () => this.#ends.pop()?.(),
    });
    for (let at = 0; at < html.length && !this.#isCut; at += pieceChars) {
      parser.write(html.slice(at, at + pieceChars));
      this.#isCut ||= this.text.isFull;
      await letOthersWork();
    }
    if (!this.#isCut) parser.end();
    return {
      title: this.#title.replaceAll(/\s+/g, ' ').trim(),
      markdown: this.text.readText().trim(),
      isCut: this.#isCut,
    };
  }

  /** Hides what follows, or shows what is inside of `main`. */
  hide(by: 1 | -1): () => void {
    this.hidden += by;
    return () => {
      this.hidden -= by;
    };
  }

  #open(name: string, attributes: Attributes): void {
    if (this.#ends.length >= depthMax) this.#isCut = true;
    this.#ends.push(this.#isCut ? undefined : this.#beginTag(name, attributes));
  }

  #beginTag(name: string, attributes: Attributes): (() => void) | undefined {
    if (name === 'title' && this.#title === '') {
      this.#isTitle = true;
      return () => {
        this.#isTitle = false;
      };
    }
    if (name === 'main' && this.hidden === 1) return this.hide(-1);
    if (isHidden(name, attributes)) return this.hide(1);
    if (this.hidden > 0) return undefined;
    return Object.hasOwn(tags, name) ? tags[name]?.(this, attributes) : undefined;
  }

  #addText(text: string): void {
    if (this.#isTitle) this.#title = (this.#title + text).slice(0, addressCharsMax);
    else if (this.#isCut || this.hidden > 0) return;
    else if (this.preDepth > 0) this.text.addLines(text);
    else this.text.addWords(text);
  }
}

const hiddenTags = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'iframe',
  'object',
  'nav',
  'footer',
  'select',
  'textarea',
]);

/** What people don't see a model doesn't read. */
const isHidden = (name: string, { hidden, style = '', 'aria-hidden': ariaHidden }: Attributes): boolean =>
  hiddenTags.has(name) ||
  hidden !== undefined ||
  ariaHidden === 'true' ||
  /display\s*:\s*none|visibility\s*:\s*hidden/i.test(style.slice(0, addressCharsMax));

const writeBlock =
  (count: 1 | 2): WriteTag =>
  ({ text }) => {
    text.endLine(count);
    return () => text.endLine(count);
  };

const writeMark =
  (mark: string): WriteTag =>
  ({ text, preDepth }) => {
    if (preDepth > 0) return undefined;
    const end = text.openMark(mark);
    return () => end(mark);
  };

const writeHeading =
  (level: number): WriteTag =>
  ({ text }) => {
    text.endLine(2);
    const end = text.openMark(`${'#'.repeat(level)} `);
    return () => {
      end('');
      text.endLine(2);
    };
  };

const addressOf = (given: string | undefined): string | undefined => {
  const address = given?.trim().replaceAll(/\s/g, '%20') ?? '';
  const isPlace =
    address !== '' && address.length <= addressCharsMax && !/^(javascript|data|blob|vbscript):|^#/i.test(address);
  return isPlace ? address : undefined;
};

const writeLink: WriteTag = ({ text, preDepth }, { href }) => {
  const address = preDepth > 0 ? undefined : addressOf(href);
  if (address === undefined) return undefined;
  const end = text.openMark('[');
  return () => end(`](${address})`);
};

const writeImage: WriteTag = ({ text }, { alt = '', src }) => {
  const address = addressOf(src);
  if (alt.trim() !== '' && address !== undefined) text.addWords(` ![${alt.slice(0, addressCharsMax)}](${address}) `);
  return undefined;
};

const writePre: WriteTag = (page) => {
  const { text } = page;
  text.endLine(2);
  text.addLines('```\n');
  page.preDepth++;
  return () => {
    page.preDepth--;
    text.addLines(text.endsLine ? '```' : '\n```');
    text.endLine(2);
  };
};

const writeList =
  (isOrdered: boolean): WriteTag =>
  ({ text, lists }) => {
    text.endLine(lists.length === 0 ? 2 : 1);
    lists.push({ isOrdered, items: 0 });
    return () => {
      lists.pop();
      text.endLine(lists.length === 0 ? 2 : 1);
    };
  };

const writeItem: WriteTag = ({ text, lists }) => {
  const list = lists.at(-1);
  const mark = list?.isOrdered ? `${++list.items}. ` : '- ';
  text.addItem(mark);
  const isIndented = lists.length <= indentsMax;
  if (isIndented) text.indent('  ');
  return () => {
    if (isIndented) text.outdent();
    text.endLine(1);
  };
};

const writeQuote: WriteTag = ({ text, lists }) => {
  text.endLine(2);
  lists.push({ isOrdered: false, items: 0 });
  const isIndented = lists.length <= indentsMax;
  if (isIndented) text.indent('> ');
  return () => {
    lists.pop();
    if (isIndented) text.outdent();
    text.endLine(2);
  };
};

/** A table in a table is written as the text of its cell. */
const writeTable: WriteTag = (page) => {
  page.text.endLine(2);
  if (page.tables++ === 0) page.rows = [];
  return () => {
    page.tables--;
    page.text.endLine(2);
  };
};

const writeRow: WriteTag = (page) => {
  const { text } = page;
  if (page.tables !== 1) return undefined;
  text.endLine(1);
  text.addLines('|');
  text.isInRow = true;
  page.rows.push(0);
  return () => {
    text.isInRow = false;
    if (page.rows.length === 1) text.addLines(`\n|${' --- |'.repeat(Math.min(100, page.rows[0] ?? 0))}`);
    text.endLine(1);
  };
};

const writeCell: WriteTag = (page) => {
  const { text, rows } = page;
  text.addWords(' ');
  if (page.tables !== 1 || !text.isInRow) return undefined;
  rows.push((rows.pop() ?? 0) + 1);
  return () => text.addWords(' |');
};

const tags: Record<string, WriteTag> = {
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((level) => [`h${level}`, writeHeading(level)])),
  ...Object.fromEntries(
    'address article aside body details dl figure form header html main p section fieldset'
      .split(' ')
      .map((name) => [name, writeBlock(2)]),
  ),
  ...Object.fromEntries('div dd dt summary figcaption caption option'.split(' ').map((name) => [name, writeBlock(1)])),
  ...Object.fromEntries(['strong', 'b'].map((name) => [name, writeMark('**')])),
  ...Object.fromEntries(['em', 'i'].map((name) => [name, writeMark('*')])),
  ...Object.fromEntries(['code', 'kbd', 'samp', 'tt'].map((name) => [name, writeMark('`')])),
  a: writeLink,
  img: writeImage,
  br: ({ text, preDepth }) => {
    if (preDepth > 0) text.addLines('\n');
    else text.endLine(1);
    return undefined;
  },
  hr: ({ text }) => {
    text.endLine(2);
    text.addLines('---');
    text.endLine(2);
    return undefined;
  },
  pre: writePre,
  ul: writeList(false),
  ol: writeList(true),
  li: writeItem,
  blockquote: writeQuote,
  table: writeTable,
  tr: writeRow,
  td: writeCell,
  th: writeCell,
};
