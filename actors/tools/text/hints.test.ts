// A model whose text isn't in the file is told what it got wrong, or the nearest lines with their numbers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { writeHints } from './hints.ts';

const file = [
  'import os',
  '',
  'def greet(name):',
  '\tmessage = f"Hello, {name}!"',
  '\tprint(message)',
  '',
  'def leave(name):',
  '\tprint(f"Goodbye, {name}!")',
  '',
].join('\n');

test('spaces where the file has tabs: the lines as they are, and which of both it is', () => {
  const hint = writeHints(file, '    message = f"Hello, {name}!"\n    print(message)');
  assert.match(hint, /whitespace only; the file is indented with tabs/);
  assert.ok(hint.endsWith('4: \tmessage = f"Hello, {name}!"\n5: \tprint(message)'), hint);
  assert.match(writeHints('if x:\n    y()\n', 'if x:\n\ty()'), /differ from it in whitespace only; copy/);
  assert.match(writeHints('    y()\n', '\ty()'), /indented with spaces/);
});

test('a word that is wrong: the nearest lines', () => {
  const hint = writeHints(file, '\tmessage = f"Hi, {name}!"\n\tprint(message)');
  assert.match(
    hint,
    /The nearest lines are these\.\n4: \tmessage = f"Hello, \{name\}!"\n5: \tprint\(message\)\n…\n8: /,
  );
});

test('the place is found by its longest line, and shown from where the text would begin', () => {
  const hint = writeHints(file, 'def hello(name):\n\tmessage = f"Hello {name}"');
  assert.match(hint, /\n3: def greet\(name\):\n4: \tmessage/);
});

test('line numbers that were copied along', () => {
  assert.match(
    writeHints(file, '     4\t\tmessage = f"Hello, {name}!"\n     5\t\tprint(message)'),
    /begins its lines with numbers/,
  );
});

test('escapes that were escaped once more', () => {
  assert.match(writeHints(file, 'import os\\n\\ndef greet'), /a backslash and a letter/);
  assert.match(writeHints('say("x")', 'say(\\"x\\")'), /a backslash and a letter or a quote/);
});

test('line ends that differ in a file that has both', () => {
  assert.match(writeHints('a\r\nb\nc\n', 'a\nb'), /CRLF/);
  assert.match(writeHints('a\r\nb\nc\n', 'b\r\nc'), /LF \(/);
});

test('blanks around a line or within it', () => {
  assert.match(writeHints('key: value', '\n key: value \n'), /whitespace only; copy them exactly\.\n1: key: value$/);
  assert.match(writeHints('a\nf(x, y)\n', 'f(x,y)'), /whitespace only; copy them exactly\.\n2: f\(x, y\)$/);
});

test('a text that nothing is like', () => {
  for (const [content, text] of [
    [file, 'SELECT * FROM users'],
    ['', 'anything'],
    [file, '+++'],
    [file, ' \n \n \n \n'],
  ] as const)
    assert.equal(writeHints(content, text), 'Nothing in the file is like it. Read the file first.');
});

test('a long text and long lines are shown in part', () => {
  const lines = Array.from({ length: 400 }, (_, at) => `value number ${at} ${'x'.repeat(1_000)}`);
  const hint = writeHints(lines.join('\n'), lines.join('\n').replaceAll('value', 'values'));
  assert.ok(hint.length < 10_000, `${hint.length}`);
  assert.match(hint, /\n\d+: value number \d+ x+\n/);
});

test('whatever the texts are, there is a hint of bounded size, and soon', () => {
  const any = fc.string({
    unit: fc.constantFrom('a', 'b ', '\t', '\n', '\r\n', '7', '\\n', '😀', '\0'),
    maxLength: 40,
  });
  void fc.assert(
    fc.property(any, any, (content, text) => {
      const hint = writeHints(content, text);
      assert.ok(hint.length > 0 && hint.length < 10_000);
    }),
  );
  const content = 'some words of a line that is like many others\n'.repeat(22_000);
  const startedAtMs = performance.now();
  writeHints(content, 'some words of one line that is like many others\n'.repeat(100));
  assert.ok(performance.now() - startedAtMs < 10_000);
});
