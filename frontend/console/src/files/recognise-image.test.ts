// An image is what its bytes say, and nothing that a page could run is one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { recogniseImage } from './recognise-image.ts';

const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const bytesOf = (...parts: (string | number[])[]) =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))),
  );

test('images of the four kinds are recognised with their sizes', () => {
  const png = fromBase64(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  );
  assert.deepEqual(recogniseImage(png), { type: 'image/png', width: 1, height: 1 });
  const gif = bytesOf('GIF89a', [2, 0, 3, 0, 0, 0, 0]);
  assert.deepEqual(recogniseImage(gif), { type: 'image/gif', width: 2, height: 3 });
  const webp = fromBase64('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=');
  assert.deepEqual(recogniseImage(webp), { type: 'image/webp', width: 1, height: 1 });
  const lossless = fromBase64('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==');
  assert.deepEqual(recogniseImage(lossless), { type: 'image/webp', width: 1, height: 1 });
  const extended = bytesOf('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0, 0x8f, 1, 0, 0x2b, 1, 0]);
  assert.deepEqual(recogniseImage(extended), { type: 'image/webp', width: 400, height: 300 });
  const jpeg = bytesOf([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 0xff, 0xc2, 0, 11, 8, 0, 7, 0, 5, 1, 0]);
  assert.deepEqual(recogniseImage(jpeg), { type: 'image/jpeg', width: 5, height: 7 });
});

test('SVG, HTML, text and what ends too early are no images', () => {
  for (const text of [
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '<!doctype html>',
    '',
    'GIF',
    '\x89PNG',
    '\xff\xd8\xff',
    'RIFF0000WEBPVP8X',
  ])
    assert.equal(recogniseImage(bytesOf(text)), undefined, text);
});

test('any bytes are answered', () => {
  const heads = fc.constantFrom('', '\x89PNG\r\n\x1a\n0000IHDR', 'GIF89a', 'RIFF0000WEBPVP8 ', '\xff\xd8\xff');
  const property = fc.property(heads, fc.uint8Array(), (head, rest) => {
    recogniseImage(bytesOf(head, [...rest]));
  });
  fc.assert(property);
});
