// The images of a result are shown to the model where models take them, and told where they don't.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, succeeded } from '../../schema/error.ts';
import { makePng } from '../testing/pictures.ts';
import { showServedImages } from './served-images.ts';

const image = (bytes: Buffer) => ({ type: 'image', mimeType: 'image/png', data: bytes.toString('base64') });

test('images that models take are kept, four of a result, and the others are told', async () => {
  const kept: Uint8Array[] = [];
  const keepImage = async (bytes: Uint8Array) => succeeded(`digest-${kept.push(bytes)}`);
  const png = makePng(3, 2);
  const text = { type: 'text', text: 'Here:' };
  const given = [text, image(png), image(Buffer.from('no image')), image(makePng(9_000, 1)), null];
  const { content, images } = await showServedImages(given, keepImage);
  assert.deepEqual(images, [{ digest: 'digest-1', mediaType: 'image/png', width: 3, height: 2, size: png.length }]);
  assert.deepEqual(content, [
    text,
    { type: 'text', text: '[An image: image/png, 3 × 2 pixels.]' },
    { type: 'text', text: '[Here it gave an image of 8 bytes, which is of no kind that is shown.]' },
    {
      type: 'text',
      text: '[Here it gave an image, which is not shown. The image is 9000 × 1; models take at most 8000 pixels a side.]',
    },
    null,
  ]);
  assert.equal((await showServedImages(Array(6).fill(image(png)), keepImage)).images.length, 4);
});

test('an image that can’t be kept says why, and without a keeper all stays as it is', async () => {
  const full = async () => failed('fileTooLarge', 'A session keeps at most 1 byte.');
  const { content, images } = await showServedImages([image(makePng(1, 1))], full);
  assert.deepEqual(images, []);
  assert.match(JSON.stringify(content), /which is not shown\. A session keeps at most 1 byte/);
  const given = [image(makePng(1, 1))];
  assert.deepEqual(await showServedImages(given, undefined), { content: given, images: [] });
});

test('of a result with more parts than are read the others are left as they are', async () => {
  const given = Array(10_000).fill(image(Buffer.from('no image')));
  const { content } = await showServedImages(given, async () => succeeded('digest'));
  const texts = (content as { type: string }[]).filter(({ type }) => type === 'text');
  assert.deepEqual([(content as unknown[]).length, texts.length], [10_000, 200]);
});
