// Text as PostgreSQL and JSON can hold it, and text cut to a length without splitting a character.

/** NUL, which PostgreSQL's text can't store, and lone surrogates, which UTF-8 can't, become U+FFFD. */
export const cleanText = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');

/** Cuts text to at most `charsMax` UTF-16 units, never in the middle of a surrogate pair. */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const last = text.charCodeAt(charsMax - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? charsMax - 1 : charsMax);
}

/** Joins words as in `a, b or c`. */
export function listWords(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

const dayMs = 86_400_000;
let day = Number.NaN;
let dayText = '';

/**
 * A time as the reference's clients read it: ISO 8601 with `+00:00`. The last day is remembered, since a page's rows are of
 * few days: that takes 0.23 µs, while `toISOString` takes 0.6, a sixth of what listing chats cost.
 * @param ms since 1970 @throws RangeError for a number that is no time
 */
export function formatTime(ms: number): string {
  const wholeMs = Math.trunc(ms);
  const dayOfMs = Math.floor(wholeMs / dayMs);
  if (dayOfMs !== day) {
    const text = new Date(wholeMs).toISOString();
    dayText = text.slice(0, text.indexOf('T') + 1);
    day = dayOfMs;
  }
  const left = wholeMs - dayOfMs * dayMs;
  const time = [left / 3_600_000, (left / 60_000) % 60, (left / 1_000) % 60].map(padTwo).join(':');
  return `${dayText}${time}.${String(left % 1_000).padStart(3, '0')}+00:00`;
}

const padTwo = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
