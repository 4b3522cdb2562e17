// What a part of a file is: text, whose first and last character may be cut, or bytes. Pure.
import type { Calls } from '../lucid.ts';

type Part = Calls['readFile']['answer'];

/** `size`: of the whole file in bytes. */
export type DecodedPart = { bytes: Uint8Array; text: string | undefined; size: number };

/** @param offset where in its file the part begins */
export function decodePart({ content, encoding, size }: Part, offset: number): DecodedPart {
  if (encoding === undefined) {
    const bytes = new TextEncoder().encode(content);
    return { bytes, text: content, size: size ?? bytes.length };
  }
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  const whole = size ?? bytes.length;
  return { bytes, text: textOf(bytes, offset > 0, offset + bytes.length < whole), size: whole };
}

/** Of UTF-8, what goes on a character has these two bits, and one takes at most four bytes. */
const goesOn = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
const characterBytesMax = 4;

function textOf(bytes: Uint8Array, isCutBefore: boolean, isCutAfter: boolean): string | undefined {
  if (bytes.includes(0)) return undefined;
  let [from, to] = [0, bytes.length];
  while (isCutBefore && from < characterBytesMax - 1 && goesOn(bytes[from])) from++;
  if (isCutAfter) to = endOfLastCharacter(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(from, to));
  } catch {
    return undefined;
  }
}

/** Leaves out a last character of which bytes are missing. */
function endOfLastCharacter(bytes: Uint8Array): number {
  let start = bytes.length - 1;
  while (start > bytes.length - characterBytesMax && goesOn(bytes[start])) start--;
  const first = bytes[start] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return start + length > bytes.length ? start : bytes.length;
}
