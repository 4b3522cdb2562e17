// Which pictures a request holds: bounded, seldom others than the last request held, and a sentence in place of the rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ContextEntry, ModelImage } from './model.ts';
import {
  boundImages,
  describeImages,
  imageCharsMax,
  imagesMax,
  listImages,
  loadImages,
  tokensOfImage,
} from './shown-images.ts';

const imageOf = (digest: string, size = 1_000): ModelImage => ({
  digest,
  mediaType: 'image/png',
  width: 800,
  height: 600,
  size,
});

const asked = (...images: ModelImage[]): ContextEntry => ({ kind: 'user', text: 'Look', images });
const readImage = (image: ModelImage): ContextEntry => ({
  kind: 'answer',
  thoughts: [],
  text: '',
  calls: [
    {
      call: { id: image.digest, name: 'read', input: {} },
      observation: { text: 'It is here.', isError: false, images: [image] },
    },
  ],
});

const digestsOf = (context: readonly ContextEntry[]) => listImages(context).map(({ digest }) => digest);

test('a picture costs what vendors count by its pixels, up to what they make smaller', () => {
  assert.equal(tokensOfImage({ width: 750, height: 100 }), 100);
  assert.equal(tokensOfImage({ width: 8_000, height: 8_000 }), 4_784);
});

test('the newest pictures stay, within the bounds of every provider', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 3_932_160 }), { maxLength: 60 });
  await fc.assert(
    fc.property(sizes, (all) => {
      const images = all.map((size, at) => imageOf(String(at), size));
      const kept = listImages(boundImages(images.map(readImage)));
      const chars = kept.reduce((sum, { size }) => sum + 4 * Math.ceil(size / 3), 0);
      assert.ok(kept.length <= imagesMax && chars <= imageCharsMax);
      assert.deepEqual(kept, kept.length === 0 ? [] : images.slice(-kept.length));
      assert.equal(kept.length === 0, images.length === 0);
    }),
  );
});

test('of a long conversation with pictures the request begins as the last one, but for one step in ten', () => {
  const all = Array.from({ length: 100 }, (_, at) => readImage(imageOf(String(at))));
  const firstKept = all.map((_, at) => digestsOf(boundImages(all.slice(0, at + 1)))[0]);
  const changes = firstKept.filter((first, at) => at > 0 && first !== firstKept[at - 1]).length;
  assert.ok(changes <= 8, `${changes}`);
});

test('a picture that is left out, gone or can’t be seen is a sentence in its place', async () => {
  const context = [asked(imageOf('a')), readImage(imageOf('b'))];
  const blind = describeImages(context);
  assert.deepEqual(listImages(blind), []);
  assert.match(JSON.stringify(blind), /Look\\n\[There is an image here, which this model cannot see.\]/);
  assert.match(JSON.stringify(blind), /It is here.\\n\[There is an image/);
  const loaded = await loadImages(context, async (digest) => (digest === 'a' ? 'AAAA' : undefined));
  assert.deepEqual(
    listImages(loaded).map(({ digest, dataBase64 }) => [digest, dataBase64]),
    [['a', 'AAAA']],
  );
  assert.match(JSON.stringify(loaded), /not kept any more/);
  const many = Array.from({ length: imagesMax + 1 }, (_, at) => readImage(imageOf(String(at))));
  assert.match(JSON.stringify(boundImages(many)[0]), /left out by now; read its file/);
});

test('a conversation without pictures is the same one', async () => {
  const context: ContextEntry[] = [{ kind: 'user', text: 'Hello' }];
  assert.equal(boundImages(context), context);
  assert.equal(await loadImages(context, async () => undefined), context);
});
