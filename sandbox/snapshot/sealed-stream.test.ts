// A sealed stream opens whole, with its own key and name, and whatever is done to it is seen.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { openSealed, pieceBytes, SealBroken, seal } from './sealed-stream.ts';

const key = randomBytes(32);

async function gather(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}

/** The content in chunks of a size, as a stream may cut it. */
async function* inChunks(content: Uint8Array, size = content.length || 1): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

const sealedOf = (content: Uint8Array, name = 'a/1-1') => gather(seal(key, name, inChunks(content)));
const opened = (sealed: Uint8Array, name = 'a/1-1', chunk?: number) =>
  gather(openSealed(key, name, inChunks(sealed, chunk)));

test('what is sealed opens as it was, however its stream is cut, also at the ends of pieces', async () => {
  for (const length of [0, 1, pieceBytes - 1, pieceBytes, pieceBytes + 1, 2 * pieceBytes, 2 * pieceBytes + 7]) {
    const content = randomBytes(length);
    const sealed = await sealedOf(content);
    for (const chunk of [1_000, 65_536, undefined]) assert.deepEqual(await opened(sealed, 'a/1-1', chunk), content);
    // A single byte may be there by chance.
    if (length >= 16) assert.ok(!sealed.includes(content.subarray(0, 16)), 'nothing of it can be read');
  }
});

test('a change anywhere, a missing or added end, another name and another key are refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (content, at, bits) => {
        const sealed = await sealedOf(content);
        const changed = Buffer.from(sealed);
        changed[at % sealed.length] = (changed[at % sealed.length] as number) ^ bits;
        await assert.rejects(opened(changed), SealBroken);
        await assert.rejects(opened(sealed.subarray(0, at % sealed.length)), SealBroken);
        await assert.rejects(opened(Buffer.concat([sealed, Buffer.from([bits])])), SealBroken);
        await assert.rejects(opened(sealed, 'b/1-1'), SealBroken);
        await assert.rejects(gather(openSealed(randomBytes(32), 'a/1-1', inChunks(sealed))), SealBroken);
      },
    ),
  );
});

test('a stream that ends where a piece does is seen to be cut off, and pieces have no other order', async () => {
  const sealed = await sealedOf(randomBytes(2 * pieceBytes + 5));
  const [head, piece] = [36, pieceBytes + 16];
  await assert.rejects(opened(sealed.subarray(0, head + piece)), SealBroken);
  await assert.rejects(opened(sealed.subarray(0, head + 2 * piece)), SealBroken);
  const swapped = [sealed.subarray(0, head), sealed.subarray(head + piece, head + 2 * piece)];
  swapped.push(sealed.subarray(head, head + piece), sealed.subarray(head + 2 * piece));
  await assert.rejects(opened(Buffer.concat(swapped)), SealBroken);
});
