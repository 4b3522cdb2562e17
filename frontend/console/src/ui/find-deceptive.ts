// Finds characters that deceive: what hides text, changes its order, or is obeyed by a terminal. Pure.

/** A part of a text as it is, or one character that deceives: `sign` is shown in its place, `name` says what it is. */
export type TextPart = { text: string; sign?: undefined } | { text: string; sign: string; name: string };

/** Of C0 and C1 all but tab and new line. */
const control = '[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f]';
/** What has no shape of its own; blanks that count as letters; separators that count as new lines; halves of characters. */
const shapeless =
  '[\\p{Cf}\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u2028\\u2029\\u2800\\u3164\\uffa0\\ufe00-\\ufe0d\\u{e0100}-\\u{e01ef}\\p{Cs}]';
/** Joiners hold emoji together, and the letters of scripts other than these; beside what has no shape they join nothing. */
const joinedEmoji = '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})';
const otherLetter = `(?![\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}]|${shapeless})[\\p{L}\\p{M}]`;
const joinedLetters = `(?<=${otherLetter})[\\u200c\\u200d](?=${otherLetter})`;

/** Matches one character that deceives; made anew for each use, since it remembers where it was. */
export const makeDeceptivePattern = (): RegExp =>
  new RegExp(`(?!${joinedEmoji}|${joinedLetters})(?:${control}|${shapeless})`, 'gu');

const pattern = makeDeceptivePattern();

export const isDeceptive = (text: string): boolean => text.search(pattern) >= 0;

/** @returns the whole text in order */
export function splitDeceptive(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const { 0: character, index } of text.matchAll(makeDeceptivePattern())) {
    if (index > from) parts.push({ text: text.slice(from, index) });
    parts.push({ text: character, sign: signOf(character), name: nameOf(character) });
    from = index + character.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/** The text with signs in place of what deceives. */
export const showDeceptive = (text: string): string => text.replace(pattern, (character) => `⟨${signOf(character)}⟩`);

/** `U+202E` */
export const signOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

const names: Record<string, string> = {
  '\0': 'null',
  '\x07': 'bell',
  '\b': 'backspace',
  '\v': 'vertical tab',
  '\f': 'form feed',
  '\r': 'carriage return',
  '\x1b': 'escape',
  '\x7f': 'delete',
  '\x90': 'command to the terminal',
  '\x9b': 'beginning of a command to the terminal',
  '\x9d': 'command to the terminal, such as for its title, a link or the clipboard',
  '\u00ad': 'soft hyphen',
  '\u061c': 'Arabic letter mark',
  '\u200b': 'zero-width space',
  '\u200c': 'zero-width non-joiner',
  '\u200d': 'zero-width joiner',
  '\u200e': 'left-to-right mark',
  '\u200f': 'right-to-left mark',
  '\u2028': 'line separator',
  '\u2029': 'paragraph separator',
  '\u202a': 'left-to-right embedding',
  '\u202b': 'right-to-left embedding',
  '\u202c': 'end of embedding',
  '\u202d': 'left-to-right override',
  '\u202e': 'right-to-left override',
  '\u2060': 'word joiner',
  '\u2066': 'left-to-right isolate',
  '\u2067': 'right-to-left isolate',
  '\u2068': 'first strong isolate',
  '\u2069': 'end of isolate',
  '\ufeff': 'zero-width no-break space',
};

export function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (names[character]) return names[character];
  if (code < 0xa0) return 'control character';
  if (code >= 0xd800 && code <= 0xdfff) return 'a byte that is no text';
  return code >= 0xe0000 && code <= 0xe007f ? 'invisible tag' : 'invisible character';
}
