// Reads escape sequences of terminals (ECMA-48), as far as it takes to know where they end and which they are. Pure.

/** `name` is a control sequence's last character, or ESC and the character behind it; empty for one that is passed over. */
export type Sequence = { end: number; name: string; parameters: readonly number[] };

const esc = 0x1b;
const bell = 0x07;
const lineFeed = 0x0a;
/** Sequences of colours end with `m`. */
const colours = 0x6d;

/** No sequence that moves the cursor is nearly as long; links and titles, which are passed over, may be longer. */
const controlCharsMax = 64;
const stringCharsMax = 4_096;
const parameterMax = 9_999;

/** @returns undefined where its end is still to come */
export function readSequence(text: string, at: number): Sequence | undefined {
  if (at + 1 >= text.length) return undefined;
  const second = text.charCodeAt(at + 1);
  if (second === 0x5b) return readControl(text, at);
  if (isStringStart(second)) return readString(text, at);
  const last = skipWhile(text, at + 1, isIntermediate);
  if (last - at > controlCharsMax) return skipTo(at + controlCharsMax);
  if (last >= text.length) return undefined;
  if (!isBetween(text.charCodeAt(last), 0x30, 0x7e)) return skipTo(last);
  return { end: last + 1, name: last === at + 1 ? text.slice(at, last + 1) : '', parameters: noParameters };
}

/** Whether a text begins that isn't shown: a title, a link. */
const isStringStart = (character: number): boolean => ']PX^_'.includes(String.fromCharCode(character));

/** A text that doesn't end in its line isn't taken for one. */
function readString(text: string, at: number): Sequence | undefined {
  const last = skipWhile(text, at + 2, isInString);
  if (last - at > stringCharsMax) return skipTo(at + 2);
  if (last >= text.length) return undefined;
  const end = text.charCodeAt(last);
  if (end === bell) return skipTo(last + 1);
  if (end === lineFeed) return skipTo(at + 2);
  if (last + 1 >= text.length) return undefined;
  return skipTo(text[last + 1] === '\\' ? last + 2 : at + 2);
}

function readControl(text: string, at: number): Sequence | undefined {
  const parametersEnd = skipWhile(text, at + 2, isParameter);
  const last = skipWhile(text, parametersEnd, isIntermediate);
  if (last - at > controlCharsMax) return skipTo(at + controlCharsMax);
  if (last >= text.length) return undefined;
  const final = text.charCodeAt(last);
  if (!isBetween(final, 0x40, 0x7e)) return skipTo(last);
  // Colours, the most frequent sequences, are passed over.
  if (final === colours || last > parametersEnd) return skipTo(last + 1);
  return { end: last + 1, name: text.slice(last, last + 1), parameters: parametersOf(text.slice(at + 2, last)) };
}

/** Private sequences, which hide the cursor for instance, begin with a character that makes the number NaN. */
function parametersOf(text: string): readonly number[] {
  return text === '' ? noParameters : text.split(';').map((part) => Math.min(Number.parseInt(part, 10), parameterMax));
}

const noParameters: readonly number[] = [];

const skipTo = (end: number): Sequence => ({ end, name: '', parameters: noParameters });

function skipWhile(text: string, from: number, isMatch: (character: number) => boolean): number {
  let at = from;
  while (at < text.length && isMatch(text.charCodeAt(at))) at++;
  return at;
}

const isBetween = (character: number, first: number, last: number): boolean => character >= first && character <= last;
const isInString = (character: number): boolean => character !== bell && character !== esc && character !== lineFeed;
const isParameter = (character: number): boolean => isBetween(character, 0x30, 0x3f);
const isIntermediate = (character: number): boolean => isBetween(character, 0x20, 0x2f);
