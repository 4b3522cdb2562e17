// Any bytes survive being text, as names of files and as what files hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { bytesOfEscaped, escapedTextOf, shownTextOf } from './escaped-text.ts';

test('any bytes come back as they were', () => {
  void fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (given) => {
      assert.deepEqual(bytesOfEscaped(escapedTextOf(Buffer.from(given))), Buffer.from(given));
    }),
  );
});

test('UTF-8 stays the text that it is, and only what is not UTF-8 is shown as U+FFFD', () => {
  void fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (given) => {
      assert.equal(escapedTextOf(Buffer.from(given)), given);
      assert.equal(shownTextOf(given), given);
    }),
  );
  assert.equal(escapedTextOf(Buffer.from('a\xff\xe9b', 'latin1')), 'a\udcff\udce9b', 'as Python has it');
  assert.equal(shownTextOf('a\udcff\udce9b'), 'a\ufffd\ufffdb');
});
