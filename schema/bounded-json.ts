// Parses JSON of which only so much is structure: V8 takes up to a microsecond for each bracket, and is not interrupted meanwhile.

/** Less is parsed within some milliseconds, whatever it is. */
const uncheckedBytes = 64 * 1024;
/** A tree of a workspace is nested twice as deep as its folders, whose paths have 4,096 bytes at most. */
const depthMax = 5_000;
/** Brackets and commas: the list of all files of the largest archive has 350,000. */
const partsMax = 500_000;

/** @returns undefined for what is no JSON, or has too much structure */
export function parseBounded(bytes: Uint8Array): unknown {
  if (bytes.byteLength > uncheckedBytes && !isBounded(bytes)) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch {
    return undefined;
  }
}

/** Takes a millisecond for a megabyte, and none for brackets alone. */
function isBounded(bytes: Uint8Array): boolean {
  let depth = 0;
  let parts = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === 92 /* \ */) at++;
      else if (byte === 34 /* " */) inString = false;
    } else if (byte === 34) inString = true;
    else if (byte === 123 /* { */ || byte === 91 /* [ */) {
      if (++depth > depthMax || ++parts > partsMax) return false;
    } else if (byte === 125 /* } */ || byte === 93 /* ] */) depth--;
    else if (byte === 44 /* , */ && ++parts > partsMax) return false;
  }
  return true;
}
