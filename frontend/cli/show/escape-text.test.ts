// Nothing that an agent, a command or a file holds makes a terminal do anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { escapeLine, escapeText, linesOf, toJsonLine } from './escape-text.ts';

/** By number, and not by the patterns that are tested. */
function isHarmful(codePoint: number): boolean {
  const isControl = codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0);
  const isBidi = codePoint === 0x61c || [0x200e, 0x200f].includes(codePoint);
  const isOrder = (codePoint >= 0x202a && codePoint <= 0x202e) || (codePoint >= 0x2066 && codePoint <= 0x206f);
  const isSeparator = codePoint === 0x2028 || codePoint === 0x2029;
  const isTag = codePoint >= 0xe0000 && codePoint <= 0xe007f && /\p{Cf}/u.test(String.fromCodePoint(codePoint));
  return isControl || isBidi || isOrder || isSeparator || isTag || codePoint === 0xfeff || codePoint === 0x200b;
}

const harmfulOf = (text: string, allowed = '') =>
  [...text].filter((character) => !allowed.includes(character) && isHarmful(character.codePointAt(0) ?? 0));

const anyCharacter = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));
const evilCharacter = fc
  .oneof(
    fc.integer({ min: 0, max: 0x9f }),
    fc.integer({ min: 0x2000, max: 0x2070 }),
    fc.integer({ min: 0xe0000, max: 0xe0080 }),
    fc.constantFrom(0x61c, 0xfeff, 0xd800, 0xdc00),
  )
  .map((code) => String.fromCodePoint(code));
const evilText = fc.array(fc.oneof(evilCharacter, anyCharacter), { maxLength: 60 }).map((parts) => parts.join(''));

test('what is shown holds nothing that a terminal obeys, whatever was written', () => {
  void fc.assert(
    fc.property(evilText, (text) => {
      assert.deepEqual(harmfulOf(escapeText(text), '\n\t'), []);
      assert.deepEqual(harmfulOf(escapeLine(text)), []);
      for (const line of linesOf(text)) assert.deepEqual(harmfulOf(line, '\t'), []);
      assert.ok(escapeText(text).isWellFormed());
    }),
    { numRuns: 2_000 },
  );
});

test('what was made harmless stays as it is, and so does text that is harmless', () => {
  void fc.assert(fc.property(evilText, (text) => assert.equal(escapeText(escapeText(text)), escapeText(text))));
  void fc.assert(fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => assert.equal(escapeText(text), text)));
  for (const text of ['Grüße, 世界', '👩‍👩‍👧 and a soft­hyphen', 'می‌خواهم', 'a\tb\nc'])
    assert.equal(escapeText(text), text);
});

test('no text can hide what another one is: escapes are told apart from the text that they stand for', () => {
  assert.equal(escapeText('\x1b[31mred\x1b]0;t\x07'), '␛[31mred␛]0;t␇');
  assert.equal(escapeText('a\u202Eb\u0085c\x7f'), 'a<U+202E>b<0085>c␡');
  assert.equal(escapeText('one\r\ntwo\rthree'), 'one\ntwo␍three');
  assert.equal(escapeText('\ud800'), '\ufffd');
});

test('text doesn’t grow without bound', () => {
  void fc.assert(fc.property(evilText, (text) => assert.ok(escapeText(text).length <= text.length * 9)));
});

test('JSON for scripts says the same, on one line that a terminal doesn’t obey', () => {
  void fc.assert(
    fc.property(fc.record({ text: evilText, more: fc.jsonValue() }), (value) => {
      const line = toJsonLine(value);
      assert.deepEqual(harmfulOf(line), []);
      assert.deepEqual(JSON.parse(line), JSON.parse(JSON.stringify(value)));
    }),
  );
});
