// Counts the bytes of characters that a cut through UTF-8 has split, at either end.

const characterBytesMax = 4;
const isContinuation = (byte: number) => (byte & 0xc0) === 0x80;
const lengthOfCharacter = (first: number) => (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1);

/** Counts bytes at the end that begin a character and don't finish it. */
export function countCutAtEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(characterBytesMax, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (!isContinuation(byte)) return lengthOfCharacter(byte) > back ? back : 0;
  }
  return 0;
}

/** Counts bytes at the start that continue a character that began before. */
export function countCutAtStart(bytes: Buffer): number {
  let cut = 0;
  while (cut < Math.min(characterBytesMax - 1, bytes.length) && isContinuation(bytes[cut] ?? 0)) cut++;
  return cut;
}
