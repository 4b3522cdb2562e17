// Long texts are cut, diffs are read, Markdown is split where it stands for itself, and addresses are what they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutLine, cutLines, lineCharsMax } from './cut-lines.ts';
import { countChanged, readDiff } from './diff-lines.ts';
import { readAddress } from './read-address.ts';
import { splitBlocks } from './split-blocks.ts';

test('of a long text the head and the tail stay, and how much is left out is told', () => {
  const text = Array.from({ length: 100 }, (_, at) => `${at}`).join('\n');
  const { head, tail, leftOut } = cutLines(`${text}\n`, 9);
  assert.deepEqual(
    [head.split('\n'), tail.split('\n'), leftOut],
    [['0', '1', '2', '3', '4', '5'], ['97', '98', '99'], 91],
  );
  assert.equal(cutLine('x'.repeat(10_000_000)).length < lineCharsMax + 50, true);
});

test('whatever the text and the limit, no more lines are shown than that, and none is lost uncounted', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 5 })), fc.integer({ min: 3, max: 30 }), (lines, max) => {
      const text = lines.join('\n');
      const { head, tail, leftOut } = cutLines(text, max);
      const shown = head.split('\n').length + (leftOut > 0 ? tail.split('\n').length : 0);
      assert.ok(shown <= max);
      assert.equal(shown + leftOut, text.replace(/\n$/, '').split('\n').length);
    }),
  );
});

test('a diff’s lines are numbered, and its names and marks are no lines', () => {
  const lines = readDiff(
    '--- a/x\n+++ b/x\n@@ -3,2 +3,3 @@\n same\n-old\n+new\n+--- more\n\\ No newline at end of file\n',
  );
  assert.deepEqual(
    lines.map(({ kind, text, oldLine, newLine }) => [kind, text, oldLine, newLine]),
    [
      ['place', '@@ -3,2 +3,3 @@', undefined, undefined],
      ['same', 'same', 3, 3],
      ['removed', 'old', 4, undefined],
      ['added', 'new', undefined, 4],
      ['added', '--- more', undefined, 5],
    ],
  );
  assert.deepEqual(countChanged(lines), { added: 2, removed: 1 });
});

test('paragraphs stand for themselves, lists stay whole, code needs no reading', () => {
  assert.deepEqual(splitBlocks('# a\n\nb\nc\n\n- one\n\n- two\n\n  more\n\nend\n\n```ts\nx\n\ny\n```\nafter'), [
    { kind: 'text', text: '# a' },
    { kind: 'text', text: 'b\nc' },
    { kind: 'text', text: '- one\n\n- two\n\n  more' },
    { kind: 'text', text: 'end' },
    { kind: 'code', language: 'ts', code: 'x\n\ny' },
    { kind: 'text', text: 'after' },
  ]);
  assert.deepEqual(splitBlocks('````\n```\n````'), [{ kind: 'code', language: '', code: '```' }]);
});

test('a line that may become a fence or a text is neither before its end', () => {
  const before = splitBlocks('a\n```');
  assert.equal(before.length, 1);
  assert.deepEqual(splitBlocks('a\n```a```'), [{ kind: 'text', text: 'a\n```a```' }]);
  assert.deepEqual(splitBlocks('a\n```\nb'), [
    { kind: 'text', text: 'a' },
    { kind: 'code', language: '', code: 'b' },
  ]);
});

test('a text that grows keeps its finished blocks', () => {
  const part = fc.constantFrom('a', '\n', '\n\n', '```', '- ', '> ', '    ', '1. ', '~~~', ' b');
  fc.assert(
    fc.property(fc.array(part), fc.array(part), (before, more) => {
      const old = splitBlocks(before.join(''));
      const grown = splitBlocks(before.concat(more).join(''));
      for (const [at, block] of old.slice(0, -1).entries()) assert.deepEqual(grown[at], block);
    }),
  );
});

test('only pages and mail are addresses, and none that names another host than it goes to', () => {
  assert.equal(readAddress('https://x.example/a b'), 'https://x.example/a%20b');
  assert.equal(readAddress('mailto:ada@example.org'), 'mailto:ada@example.org');
  for (const address of [
    'javascript:alert(1)',
    ' JaVaScript:x',
    'java\nscript:x',
    'data:text/html,x',
    '/admin',
    '#x',
    '',
  ])
    assert.equal(readAddress(address), undefined, address);
  assert.equal(readAddress('https://bank.example@trap.example/'), undefined);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const address = readAddress(text);
      if (address !== undefined) assert.match(address, /^(https?|mailto):/);
    }),
  );
});
