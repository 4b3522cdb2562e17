// Any bytes as text and back: those that aren't UTF-8 become lone surrogates, as Python has them in names of files. Pure.
import { isUtf8 } from 'node:buffer';

const loneMin = 0xdc80;
const loneMax = 0xdcff;
const isLone = (unit: number): boolean => unit >= loneMin && unit <= loneMax;

/** `bytesOfEscaped` gives the same bytes back. */
export function escapedTextOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = countCharacterBytes(bytes, at);
    if (length > 0) parts.push(bytes.toString('utf8', at, at + length));
    else parts.push(String.fromCharCode(loneMin + (bytes[at] as number) - 0x80));
    at += Math.max(1, length);
  }
  return parts.join('');
}

/** Counts the bytes of the character that begins there; 0 where none does. */
function countCharacterBytes(bytes: Buffer, at: number): number {
  const first = bytes[at] as number;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

export function bytesOfEscaped(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = text.split(/([\udc80-\udcff]+)/u).map((part) => {
    const isEscaped = isLone(part.charCodeAt(0));
    return isEscaped ? Buffer.from([...part].map((unit) => unit.charCodeAt(0) - loneMin + 0x80)) : Buffer.from(part);
  });
  return Buffer.concat(parts);
}

/** As clients see it, who can't be sent lone surrogates. */
export const shownTextOf = (text: string): string => text.toWellFormed();
