// A picture is known by its bytes alone, and one that no model takes is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import { makePng, smallPictures } from '../testing/pictures.ts';
import { readImage } from './read-image.ts';

test('the four kinds that providers take are known, with their size', () => {
  const { gif, jpeg, webp } = smallPictures;
  const read = (bytes: Buffer) => {
    const image = readImage(bytes);
    assert.ok(image?.ok, JSON.stringify(image));
    return [image.value.mediaType, image.value.width, image.value.height, image.value.size];
  };
  const png = makePng(40, 30);
  assert.deepEqual(read(png), ['image/png', 40, 30, png.length]);
  assert.deepEqual(read(jpeg), ['image/jpeg', 1, 1, jpeg.length]);
  assert.deepEqual(read(gif), ['image/gif', 1, 1, gif.length]);
  assert.deepEqual(read(webp), ['image/webp', 1, 1, webp.length]);
});

test('what only looks like a picture isn’t one, and other kinds are none at all', () => {
  for (const text of ['', 'GIF', '<svg xmlns="http://www.w3.org/2000/svg"/>', '%PDF-1.7', 'BM', 'II*\0'])
    assert.equal(readImage(Buffer.from(text)), undefined, text);
  const cut = readImage(makePng(4, 4).subarray(0, 12));
  assert.deepEqual(cut?.ok, false);
});

test('a picture with too many bytes or pixels is refused with the bound', () => {
  const large = readImage(Buffer.concat([makePng(4, 4), Buffer.alloc(limits.imageBytesMax)]));
  assert.match(large?.ok === false ? large.failure.detail : '', /models take at most 3932160/);
  const wide = readImage(makePng(limits.imagePixelsMax + 1, 1));
  assert.match(wide?.ok === false ? wide.failure.detail : '', /8001 × 1; models take at most 8000 pixels/);
});

test('no bytes make it throw or run on, whatever comes behind a beginning', async () => {
  const beginnings = fc.constantFrom(makePng(4, 4), ...Object.values(smallPictures), Buffer.alloc(0));
  await fc.assert(
    fc.property(beginnings, fc.nat(60), fc.uint8Array({ maxLength: 300 }), (begin, length, rest) => {
      const image = readImage(Buffer.concat([begin.subarray(0, length), rest]));
      if (image?.ok) assert.ok(image.value.width >= 1 && image.value.height >= 1);
    }),
    { numRuns: 2_000 },
  );
});
