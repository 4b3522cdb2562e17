// A text that is read in parts stays text wherever it is cut, and what is no text is never shown as one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodePart } from './decode-part.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const encoded = (bytes: Uint8Array, size?: number) => ({
  content: Buffer.from(bytes).toString('base64'),
  encoding: 'base64' as const,
  ...(size !== undefined && { size }),
});

test('text comes as it is, with its size in bytes', () => {
  assert.deepEqual(decodePart({ content: 'Grüße' }, 0), { bytes: bytesOf('Grüße'), text: 'Grüße', size: 7 });
  assert.equal(decodePart({ content: 'a', size: 9 }, 0).size, 9);
});

test('a part whose first and last characters are cut is text without them', () => {
  const property = fc.property(
    fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.isWellFormed() && !text.includes('\0')),
    fc.nat(),
    fc.nat(),
    (text, a, b) => {
      const bytes = bytesOf(text);
      const [from, to] = [a % bytes.length, b % (bytes.length + 1)].sort((x, y) => x - y) as [number, number];
      if (to - from < 8 && to - from < bytes.length) return; // Of fewer bytes all may belong to cut characters.
      const part = decodePart(encoded(bytes.subarray(from, to), bytes.length), from);
      assert.ok(part.text !== undefined && text.includes(part.text));
      assert.ok(bytesOf(part.text).length >= to - from - 6);
    },
  );
  fc.assert(property);
});

test('bytes that are no text are told, also those of a whole file that ends in the middle of a character', () => {
  for (const bytes of [[0x61, 0], [0xff, 0xfe], [0x80], [0x61, 0xc3]])
    assert.equal(decodePart(encoded(Uint8Array.from(bytes)), 0).text, undefined);
});
