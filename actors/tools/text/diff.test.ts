// The diff of a change: what `patch` makes the new file of, short where it would be long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyPatch } from 'diff';
import * as fc from 'fast-check';
import { diffCharsMax, makeUnifiedDiff } from './diff.ts';

const path = '/workspace/src/a b.ts';

test('a changed line is shown with three lines around it, under names from the root of the workspace', () => {
  const before = 'one\ntwo\nthree\nfour\nfive\nsix\n';
  assert.equal(
    makeUnifiedDiff('/workspace/src/a.ts', before, before.replace('five', '5')),
    [
      '--- a/src/a.ts',
      '+++ b/src/a.ts',
      '@@ -2,5 +2,5 @@',
      ...[' two', ' three', ' four', '-five', '+5', ' six', ''],
    ].join('\n'),
  );
});

test('what did not change has no diff', () => {
  assert.equal(makeUnifiedDiff(path, 'a\n', 'a\n'), undefined);
});

test('applied to the old text it gives the new one, with any line ends and with none at the end', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r\n', '\t', '😀', '-', '+', '\\'), maxLength: 30 });
  void fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after);
      const diff = makeUnifiedDiff(path, before, after);
      assert.equal(applyPatch(before, diff ?? '', { autoConvertLineEndings: false }), after);
    }),
  );
});

test('a large diff is cut between lines and says how much is left', () => {
  const lines = (word: string) => Array.from({ length: 200 }, (_, at) => `${word} ${at} ${'x'.repeat(200)}\n`).join('');
  const diff = makeUnifiedDiff(path, lines('old'), lines('new')) ?? '';
  assert.ok(diff.length > diffCharsMax - 500 && diff.length < diffCharsMax + 100);
  assert.match(diff, /x\n\[… \d+ more characters of this diff left out …\]\n$/);
});

test('a whole rewrite of a large file is told in a sentence, and soon', () => {
  const lines = (word: string) => Array.from({ length: 20_000 }, (_, at) => `${word} ${at}\n`).join('');
  const startedAtMs = performance.now();
  const diff = makeUnifiedDiff(path, lines('old'), `${lines('new')}one more\n`);
  assert.ok(performance.now() - startedAtMs < 10_000);
  assert.match(
    diff ?? '',
    /^--- a\/src\/a b\.ts\n.*\n\[More than 500 lines changed: the file had 20000, and now has 20001\.\]\n$/,
  );
});
