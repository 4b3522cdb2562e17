// Takes known secrets out of text before it is stored or shown, in the spellings in which commands print them.

/** Shorter secrets aren't masked, since ordinary words would match; no provider has such keys. */
const maskedCharsMin = 8;

export const mask = '[secret]';

/**
 * So many of the last characters of a line a stream shows at once, though a secret could begin there and go on in the
 * next line; the rest of one that does is masked all the same.
 */
const shownBeginningCharsMax = 3;

/** A secret doesn't go on after more of `\r` and `\n` in a row, so that a flood of empty lines is not held back. */
const lineEndCharsMax = 4;

const endsOfLines = /[\r\n]+/g;

/** Masks one session's secrets. */
export class Masking {
  readonly #pattern: RegExp | undefined;
  /** The secrets' spellings in lower case, longest first. */
  readonly #spellings: readonly string[];

  constructor(secrets: readonly string[]) {
    const known = secrets.map((secret) => secret.trim().toWellFormed()); // Events' texts are well-formed too.
    const spellings = [...new Set(known.flatMap(spellingsOf))].filter(({ length }) => length >= maskedCharsMin);
    spellings.sort((a, b) => b.length - a.length); // A secret may be the beginning of a longer one.
    this.#spellings = spellings.map((spelling) => spelling.replace(endsOfLines, '').toLowerCase());
    if (spellings.length > 0)
      this.#pattern = new RegExp(spellings.map((spelling) => RegExp.escape(spelling)).join('|'), 'gi');
  }

  maskText(text: string): string {
    if (this.#pattern === undefined) return text;
    const masked = text.replace(this.#pattern, mask);
    return masked.includes('\n') || masked.includes('\r') ? maskOverLines(masked, this.#pattern) : masked;
  }

  /** Masks every text in a value, keys included. */
  maskValue<T>(value: T): T {
    return this.#pattern ? (this.#maskDeep(value) as T) : value;
  }

  /** Opens a stream for text in pieces, since a secret may be cut between two of them. */
  openStream(): MaskedStream {
    return new MaskedStream(
      (text) => this.maskText(text),
      (text) => this.#countBeginning(text),
    );
  }

  /** How many characters at the end could be the beginning of a secret, which may go on over ends of lines. */
  #countBeginning(text: string): number {
    const [longest] = this.#spellings;
    if (longest === undefined) return 0;
    const places: number[] = [];
    let lineEndChars = 0;
    for (let at = text.length - 1; at >= 0 && places.length < longest.length && lineEndChars <= lineEndCharsMax; at--)
      if (text[at] === '\n' || text[at] === '\r') lineEndChars++;
      else {
        places.push(at);
        lineEndChars = 0;
      }
    places.reverse();
    const end = places
      .map((at) => text[at])
      .join('')
      .toLowerCase();
    for (const [from, at] of places.entries()) {
      const beginning = end.slice(from);
      if (this.#spellings.some((spelling) => spelling.startsWith(beginning))) return text.length - at;
    }
    return 0;
  }

  #maskDeep(value: unknown): unknown {
    if (typeof value === 'string') return this.maskText(value);
    if (Array.isArray(value)) return value.map((item) => this.#maskDeep(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.maskText(key), this.#maskDeep(item)]));
  }
}

/** Masks text in pieces; for what is shown while it comes, since a secret over several lines may show three characters. */
export class MaskedStream {
  readonly #maskText: (text: string) => string;
  readonly #countHeld: (text: string) => number;
  /** The end of the text, which may be the beginning of a secret, and how many of its characters have been shown. */
  #end = '';
  #shownOfEnd = 0;

  constructor(maskText: (text: string) => string, countHeld: (text: string) => number) {
    this.#maskText = maskText;
    this.#countHeld = countHeld;
  }

  /** @returns the text that can be shown by now; an end that may begin a secret is held back, but for that of a line */
  add(text: string): string {
    const whole = this.#maskText(this.#end + text);
    const from = countSame(whole, this.#end.slice(0, this.#shownOfEnd));
    const endAt = whole.length - this.#countHeld(whole);
    const end = whole.slice(endAt);
    const to = Math.max(from, isLineEnd(end) ? whole.length : endAt);
    this.#end = end;
    this.#shownOfEnd = to - endAt;
    return whole.slice(from, to);
  }

  /** @returns the text that was held back */
  finish(): string {
    const rest = this.#end.slice(this.#shownOfEnd);
    this.#end = '';
    this.#shownOfEnd = 0;
    return rest;
  }
}

/** Whether only the last characters of a line could be the beginning of a secret. */
function isLineEnd(end: string): boolean {
  return /[\r\n]$/.test(end) && end.replace(endsOfLines, '').length <= shownBeginningCharsMax;
}

/** How many characters are the same at the beginning of both. */
function countSame(text: string, shown: string): number {
  let count = 0;
  while (count < shown.length && text[count] === shown[count]) count++;
  return count;
}

/** Masks what `base64`, `xxd` and their like have cut into lines. */
function maskOverLines(text: string, pattern: RegExp): string {
  const joined = text.replace(endsOfLines, '');
  if (joined.search(pattern) < 0) return text;
  const places = Array.from({ length: text.length }, (_, at) => at).filter(
    (at) => text[at] !== '\n' && text[at] !== '\r',
  );
  let masked = '';
  let from = 0;
  for (const { index, 0: found } of joined.matchAll(pattern)) {
    masked += text.slice(from, places[index]) + mask;
    from = (places[index + found.length - 1] ?? text.length) + 1;
  }
  return masked + text.slice(from);
}

/** A secret's spellings: as it is, on one line, in a URL, in JSON, in hexadecimal, and inside base64 at each of three offsets. */
function spellingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const encoded = [0, 1, 2].map((offset) => base64Inside(bytes, offset));
  return [
    secret,
    secret.replace(endsOfLines, ''),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('hex'),
    ...encoded,
    ...encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** The characters of base64 that depend on these bytes alone, with `offset` unknown bytes before them. */
function base64Inside(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const from = Math.ceil((offset * 8) / 6);
  const whole = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice(from, whole);
}
