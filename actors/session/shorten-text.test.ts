// An older observation is shortened to its ends, and of a long output the file stays named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { shortenText } from './shorten-text.ts';

const note = '[… 90000 of 98000 bytes left out; the whole is in /home/agent/.lucid/output/0123abcd.txt …]';

test('the file of a long output stays named however much is shortened', () => {
  const text = `${'a\n'.repeat(1_000)}${note}\n${'b\n'.repeat(3_000)}`;
  for (const charsMax of [1_200, 240]) {
    const shortened = shortenText(text, charsMax);
    assert.ok(shortened.length <= charsMax);
    assert.ok(shortened.startsWith('a\n') && shortened.endsWith('b\n') && shortened.includes(`\n${note}\n`));
  }
});

test('any observation is shortened once and for all, and never by a part of a character', () => {
  const part = fc.string({ unit: fc.constantFrom('a', '\n', '漢', '😀'), minLength: 1, maxLength: 40 });
  const parts = fc.array(fc.oneof(part, fc.constant(`\n${note}\n`)), { minLength: 1, maxLength: 30 });
  void fc.assert(
    fc.property(parts, fc.nat(60), fc.integer({ min: 100, max: 1_500 }), (some, times, charsMax) => {
      const text = some.join('').repeat(times);
      const shortened = shortenText(text, charsMax);
      assert.ok(shortened.length <= charsMax);
      assert.ok(shortened.isWellFormed());
      assert.equal(shortenText(shortened, charsMax), shortened);
    }),
  );
});
