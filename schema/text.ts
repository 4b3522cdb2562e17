// Text as PostgreSQL and JSON can hold it, and text cut to a length without splitting a character.

/** NUL, which PostgreSQL's text can't store, and lone surrogates, which UTF-8 can't, become U+FFFD. */
export const cleanText = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');

/** At most `charsMax` UTF-16 units, never ending in half of a surrogate pair. */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const last = text.charCodeAt(charsMax - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? charsMax - 1 : charsMax);
}

/** The time as the reference's clients know it: ISO 8601 with `+00:00`. */
export const isoTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '+00:00');
