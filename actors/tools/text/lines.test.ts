// Lines of a text: joined they are the text, and their numbers are those that people count.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { findLineNumber, linesOf, numberLine, removeLineEnd, removeLineNumbers } from './lines.ts';

const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', '\r\n', '\t', '7') });

test('lines joined are the text, and each but the last ends in a line feed', () => {
  void fc.assert(
    fc.property(text, (whole) => {
      const lines = linesOf(whole);
      assert.equal(lines.join(''), whole);
      assert.ok(lines.every((line, at) => line.indexOf('\n') === line.length - 1 || at === lines.length - 1));
      assert.ok(lines.every((line) => line !== ''));
    }),
  );
  assert.deepEqual(linesOf('a\n\nb'), ['a\n', '\n', 'b']);
});

test('a place is in the line that holds it', () => {
  void fc.assert(
    fc.property(text, fc.nat(), (whole, place) => {
      fc.pre(whole !== '');
      const at = place % whole.length;
      const expected = linesOf(whole).findIndex((_, n, lines) => lines.slice(0, n + 1).join('').length > at) + 1;
      assert.equal(findLineNumber(whole, at), expected);
    }),
  );
});

test('numbers come off as they went on', () => {
  void fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 2_000_000 }), (whole, first) => {
      fc.pre(whole !== '');
      const shown = linesOf(whole)
        .map((line, at) => numberLine(line, first + at))
        .join('');
      assert.equal(removeLineNumbers(shown), whole);
    }),
  );
  assert.equal(numberLine('x', 7), '7\tx');
  assert.equal(removeLineNumbers('     1\ta\nb'), undefined);
  assert.equal(removeLineNumbers(''), undefined);
});

test('the end of a line comes off, of either kind', () => {
  assert.deepEqual(['a\n', 'a\r\n', 'a', 'a\r'].map(removeLineEnd), ['a', 'a', 'a', 'a\r']);
});
