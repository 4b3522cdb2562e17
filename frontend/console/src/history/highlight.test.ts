// The words that a search found are marked, and the text stays what it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { highlightWords } from './highlight.ts';

const foundIn = (text: string, search: string) =>
  highlightWords(text, search)
    .filter(({ isFound }) => isFound)
    .map((part) => part.text);

test('words are found whole or begun, in any case, and not within others', () => {
  assert.deepEqual(foundIn('The Login page logs in; relogin.', 'log'), ['Login', 'logs']);
  assert.deepEqual(foundIn('src/session_store.ts', 'store'), ['store']);
  assert.deepEqual(foundIn('Größe und München', 'GRÖ münchen'), ['Größe', 'München']);
});

test('a search without words finds nothing', () => {
  assert.deepEqual(foundIn('a <b> c', ''), []);
  assert.deepEqual(foundIn('a <b> c', '<>'), []);
});

test('the parts together are the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, search) => {
      const parts = highlightWords(text, search);
      assert.equal(parts.map((part) => part.text).join(''), text);
    }),
  );
});
