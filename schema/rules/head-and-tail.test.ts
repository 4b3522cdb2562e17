// A text that is cut in its middle keeps both ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { keepHeadAndTail } from './head-and-tail.ts';

test('a text is cut to its beginning and end without splitting a character, once and for all', () => {
  void fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '漢', '😀'), minLength: 1 }),
      fc.nat(200),
      fc.integer({ min: 100, max: 1_500 }),
      (some, times, charsMax) => {
        const text = some.repeat(times);
        const cut = keepHeadAndTail(text, charsMax);
        assert.ok(cut.length <= charsMax);
        assert.ok(cut.isWellFormed());
        assert.equal(keepHeadAndTail(cut, charsMax), cut);
        assert.equal(cut === text, text.length <= charsMax);
      },
    ),
  );
});
