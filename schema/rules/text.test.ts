// Text is cleaned so that PostgreSQL and JSON can hold it, and cut without breaking a character.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cleanText, cutText, formatTime } from './text.ts';

/** Strings of any UTF-16 units, with lone surrogates and NUL. */
const anyText = fc.string({ unit: fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), halves()) });

function halves(): fc.Arbitrary<string> {
  return fc.constantFrom('\0', '\ud83d', '\ude00', '\udfff', '😀', '"', '\\', '\n', '\u2028');
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

test('clean text survives UTF-8 and JSON unchanged, and holds no NUL', async () => {
  await fc.assert(
    fc.property(anyText, (text) => {
      const clean = cleanText(text);
      assert.ok(clean.isWellFormed());
      assert.ok(!clean.includes('\0'));
      assert.equal(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf(clean)), clean);
      assert.equal(JSON.parse(JSON.stringify(clean)), clean);
    }),
  );
});

test('cleaning clean text changes nothing, and cleaning never changes the length', async () => {
  await fc.assert(
    fc.property(anyText, (text) => {
      const clean = cleanText(text);
      assert.equal(cleanText(clean), clean);
      assert.equal(clean.length, text.length);
    }),
  );
});

test('good text is kept as it is, and each bad unit becomes U+FFFD', () => {
  assert.equal(cleanText('naïve 😀\t\n\u2028'), 'naïve 😀\t\n\u2028');
  assert.equal(cleanText('a\0b\ud83dc\ude00'), 'a\uFFFDb\uFFFDc\uFFFD');
});

test('cut text is the beginning of the text, at most as long as asked and at most one unit shorter', async () => {
  await fc.assert(
    fc.property(anyText, fc.nat({ max: 40 }), (text, charsMax) => {
      const cut = cutText(text, charsMax);
      assert.ok(text.startsWith(cut));
      assert.ok(cut.length <= charsMax);
      assert.ok(cut.length >= Math.min(text.length, charsMax - 1));
      if (text.length <= charsMax) assert.equal(cut, text);
    }),
  );
});

test('a cut never splits a surrogate pair', async () => {
  await fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat({ max: 40 }), (text, charsMax) => {
      assert.ok(cutText(text, charsMax).isWellFormed());
    }),
  );
  assert.equal(cutText('ab😀', 3), 'ab');
  assert.equal(cutText('ab😀', 4), 'ab😀');
});

test('times are ISO 8601 with +00:00, as clients of the reference expect', () => {
  assert.equal(formatTime(Date.UTC(2026, 1, 17, 10, 30, 0, 5)), '2026-02-17T10:30:00.005+00:00');
});

test('any time is written as JavaScript writes it, whatever was written before', async () => {
  const day = 86_400_000;
  const times: fc.Arbitrary<number> = fc.oneof(
    fc.integer({ min: -100_000_000 * day, max: 100_000_000 * day }),
    fc.integer({ min: -2 * day, max: 2 * day }),
    fc.double({ min: -day, max: day, noNaN: true }),
  );
  await fc.assert(
    fc.property(fc.array(times, { maxLength: 5 }), (all) => {
      for (const ms of all) assert.equal(formatTime(ms), new Date(ms).toISOString().replace('Z', '+00:00'));
    }),
  );
  for (const noTime of [Number.NaN, Number.POSITIVE_INFINITY, 1e20])
    assert.throws(() => formatTime(noTime), RangeError);
});
