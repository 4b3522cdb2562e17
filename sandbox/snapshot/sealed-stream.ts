// Seals a stream piece by piece so that only its key opens it, under its own name, whole and in order.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** What opens with another key, another name, or was changed, cut off or lengthened. */
export class SealBroken extends Error {}

/** The first bytes, which say how the rest is sealed: AES-256-GCM, as in the STREAM construction. */
const mark = Buffer.from('LWS1');
const saltBytes = 32;
const headBytes = mark.length + saltBytes;
const tagBytes = 16;
export const pieceBytes = 1024 * 1024;

/** Each stream has a key of its own, so that the number of a piece, and whether it is the last, are enough of a nonce. */
const keyOf = (key: Uint8Array, salt: Uint8Array, name: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, salt, `lucid snapshot ${name}`, 32));

function nonceOf(at: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(at, 7);
  nonce[11] = Number(isLast);
  return nonce;
}

/** @param name under which alone it opens @throws what the content throws */
export async function* seal(
  key: Uint8Array,
  name: string,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const salt = randomBytes(saltBytes);
  const own = keyOf(key, salt, name);
  yield Buffer.concat([mark, salt]);
  let at = 0;
  for await (const { piece, isLast } of cut(content, pieceBytes)) {
    const cipher = createCipheriv('aes-256-gcm', own, nonceOf(at, isLast));
    const sealed = Buffer.concat([cipher.update(piece), cipher.final()]);
    yield Buffer.concat([sealed, cipher.getAuthTag()]);
    at++;
  }
}

/** Gives each piece once it is known to be genuine; the last one also says that nothing is missing. @throws SealBroken */
export async function* openSealed(
  key: Uint8Array,
  name: string,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let own: Uint8Array | undefined;
  let at = 0;
  for await (const { piece, isLast } of cut(content, pieceBytes + tagBytes, headBytes)) {
    if (!own) {
      if (piece.length < headBytes || isLast || !piece.subarray(0, mark.length).equals(mark))
        throw new SealBroken('It does not begin as a snapshot does.');
      own = keyOf(key, piece.subarray(mark.length), name);
    } else yield openPiece(own, piece, nonceOf(at++, isLast));
  }
}

function openPiece(key: Uint8Array, piece: Buffer, nonce: Buffer): Buffer {
  if (piece.length < tagBytes) throw new SealBroken('It ends too early.');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAuthTag(piece.subarray(-tagBytes));
  const opened = decipher.update(piece.subarray(0, -tagBytes));
  try {
    decipher.final();
  } catch {
    throw new SealBroken('It was changed, or cut off, or sealed with another ENCRYPTION_KEY.');
  }
  return opened;
}

/** Cuts a stream into pieces of a size; the last one may be shorter, or empty. @param firstBytes of the first piece */
async function* cut(
  content: AsyncIterable<Uint8Array>,
  bytes: number,
  firstBytes = bytes,
): AsyncGenerator<{ piece: Buffer; isLast: boolean }> {
  let size = firstBytes;
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of content) {
    waiting.push(chunk);
    length += chunk.length;
    if (length <= size) continue; // What fills a piece exactly may be the last.
    let rest = Buffer.concat(waiting);
    while (rest.length > size) {
      yield { piece: rest.subarray(0, size), isLast: false };
      rest = rest.subarray(size);
      size = bytes;
    }
    waiting = [rest];
    length = rest.length;
  }
  yield { piece: Buffer.concat(waiting), isLast: true };
}
