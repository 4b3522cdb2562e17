// Names of files of any bytes as text and back: bytes that aren't UTF-8 become lone surrogates, as Python has them. Pure.

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const loneMin = 0xdc80;
const loneMax = 0xdcff;
const isLone = (unit: number): boolean => unit >= loneMin && unit <= loneMax;

/** The longest sequence of UTF-8. */
const characterBytesMax = 4;

/** `bytesOfPath` gives the same bytes back. */
export function pathOfBytes(bytes: Buffer): string {
  const whole = decode(bytes);
  if (whole !== undefined) return whole;
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const character = readCharacter(bytes, at);
    text += character.text;
    at += character.bytes;
  }
  return text;
}

/** @returns the character that begins there, or its first byte as a lone surrogate */
function readCharacter(bytes: Buffer, at: number): { text: string; bytes: number } {
  const first = bytes[at] as number;
  if (first < 0x80) return { text: String.fromCharCode(first), bytes: 1 };
  for (let length = 2; length <= characterBytesMax && at + length <= bytes.length; length++) {
    const text = decode(bytes.subarray(at, at + length));
    if (text !== undefined) return { text, bytes: length };
  }
  return { text: String.fromCharCode(loneMin + first - 0x80), bytes: 1 };
}

export function bytesOfPath(path: string): Buffer {
  if (path.isWellFormed()) return Buffer.from(path);
  const parts = [...path].map((character) => {
    const unit = character.charCodeAt(0);
    return character.length === 1 && isLone(unit) ? Buffer.from([unit - loneMin + 0x80]) : Buffer.from(character);
  });
  return Buffer.concat(parts);
}

/** As clients see it, who can't be sent lone surrogates. */
export const shownNameOf = (path: string): string => path.toWellFormed();

function decode(bytes: Buffer): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}
