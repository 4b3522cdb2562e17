// Takes known secrets out of text before it is stored or shown, in the spellings that commands print them in.

/** Shorter secrets aren't masked: they would be found in ordinary words. No provider makes such. */
const maskedCharsMin = 8;

export const mask = '[secret]';

/** Texts without any secret, of one session's secrets. */
export class Masking {
  readonly #pattern: RegExp | undefined;
  /** In lower case. */
  readonly #spellings: readonly string[];

  /** @param secrets those shorter than `maskedCharsMin` stay: every text has such words in it */
  constructor(secrets: readonly string[]) {
    const known = secrets.map((secret) => secret.trim().toWellFormed()); // As events have their texts.
    const spellings = [...new Set(known.flatMap(spellingsOf))].filter(({ length }) => length >= maskedCharsMin);
    spellings.sort((a, b) => b.length - a.length); // The longest first: a secret may be the beginning of another.
    this.#spellings = spellings.map((maskText) => maskText.toLowerCase());
    if (spellings.length > 0)
      this.#pattern = new RegExp(spellings.map((maskText) => RegExp.escape(maskText)).join('|'), 'gi');
  }

  maskText(maskText: string): string {
    return this.#pattern ? maskText.replace(this.#pattern, mask) : maskText;
  }

  /** Every text in it, keys included. */
  maskValue<T>(maskValue: T): T {
    return this.#pattern ? (this.#maskDeep(maskValue) as T) : maskValue;
  }

  /** For text that comes in pieces, a secret perhaps in two of them. */
  openStream(): MaskedStream {
    return new MaskedStream(
      (maskText) => this.maskText(maskText),
      (maskText) => this.#countBeginning(maskText),
    );
  }

  /** How many characters at the end could be the beginning of a secret that is still to come. */
  #countBeginning(maskText: string): number {
    const [longest] = this.#spellings;
    if (longest === undefined) return 0;
    const end = maskText.slice(-longest.length).toLowerCase();
    for (let from = 0; from < end.length; from++) {
      const beginning = end.slice(from);
      if (this.#spellings.some((spelling) => spelling.startsWith(beginning))) return beginning.length;
    }
    return 0;
  }

  #maskDeep(maskValue: unknown): unknown {
    if (typeof maskValue === 'string') return this.maskText(maskValue);
    if (Array.isArray(maskValue)) return maskValue.map((item) => this.#maskDeep(item));
    if (typeof maskValue !== 'object' || maskValue === null) return maskValue;
    return Object.fromEntries(
      Object.entries(maskValue).map(([key, item]) => [this.maskText(key), this.#maskDeep(item)]),
    );
  }
}

export class MaskedStream {
  readonly #masked: (text: string) => string;
  readonly #heldCharsOf: (text: string) => number;
  #held = '';

  constructor(masked: (text: string) => string, heldCharsOf: (text: string) => number) {
    this.#masked = masked;
    this.#heldCharsOf = heldCharsOf;
  }

  /** @returns what can be shown by now: the end waits where a secret may begin in it */
  add(text: string): string {
    const whole = this.#masked(this.#held + text);
    const shown = whole.length - this.#heldCharsOf(whole);
    this.#held = whole.slice(shown);
    return whole.slice(0, shown);
  }

  /** @returns the rest */
  finish(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }
}

/** As it is, in a URL, as JSON, in hexadecimal, and inside of something in base64, where it can begin at each of three places. */
function spellingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const encoded = [0, 1, 2].map((offset) => base64Inside(bytes, offset));
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('hex'),
    ...encoded,
    ...encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** The characters of base64 that depend on these bytes alone, with so many unknown ones before them. */
function base64Inside(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const from = Math.ceil((offset * 8) / 6);
  const whole = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice(from, whole);
}
