// What a program printed is shown as a terminal would in the end; what a terminal would obey beside that is removed and marked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldTerminal } from './fold-terminal.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals obey are control characters.
const colours = /\x1b\[[\d;]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals obey are control characters.
const obeyed = /[\x1b\r\x08]/g;
const textOf = (printed: string) => foldTerminal(printed).text;

test('a progress bar is its last state, and lines that end with both characters are lines', () => {
  assert.equal(textOf('10%\r50%\r100%\ndone\r\nnext'), '100%\ndone\nnext');
  assert.equal(textOf('long line\rshort\x1b[K'), 'short');
  assert.equal(textOf('abc\b\bX'), 'aXc');
  assert.equal(textOf('one\ntwo\x1b[1A\x1b[2K\rONE\n'), 'ONE\ntwo');
});

test('colours stay, each with the text that it was for, also where lines were written over', () => {
  assert.equal(textOf('\x1b[31mred\x1b[0m plain'), '\x1b[31mred\x1b[0m plain');
  assert.equal(textOf('\x1b[31mred\x1b[0m\rG'), 'G\x1b[31med\x1b[0m');
});

test('titles, links and the clipboard are marked where they were, and what never ends hides nothing', () => {
  assert.equal(textOf('\x1b]0;title\x07a\x1b]8;;https://x\x1b\\b\x1b]52;c;eA==\x07'), '\x9da\x9db\x9d');
  assert.equal(textOf('\x1b]0;never ended\nnext'), '\x9b]0;never ended\nnext');
  assert.equal(textOf('\x1bPq\x1b\\x\x1b[?1049h\x1b(B\x1b='), '\x90x');
});

test('whether something was written over or removed can be told', () => {
  assert.equal(foldTerminal('a\r\nb\x1b[31mc\x1b[0m\n').isChanged, false);
  for (const printed of ['abc\rx', '\x1b]0;t\x07', 'abc\x1b[1K']) assert.ok(foldTerminal(printed).isChanged);
});

test('a cursor that is sent far away takes no memory for it', () => {
  assert.ok(textOf(`${'\x1b[99999999C'.repeat(100)}x`).length < 30_000);
  assert.equal(textOf(`${'\x1b[99999999B'.repeat(100)}x`), 'x');
});

const pieces = fc.oneof(
  fc.constantFrom('\r', '\n', '\b', '\x1b', '\x1b[', '\x1b[31m', '\x1b[0m', '\x1b[2K', '\x1b[A', '\x1b[5C', '\x1b[J'),
  fc.constantFrom('\x1b]0;t\x07', '\x1b]8;;', '\x1b\\', '\x1b[?25l', '\x1b[1;1H', 'text', ' '),
  fc.string({ unit: 'binary', maxLength: 4 }),
);

test('whatever was printed, the only sequences that are left are those of colours', () => {
  fc.assert(
    fc.property(fc.array(pieces), (all) => {
      const text = textOf(all.join(''));
      assert.doesNotMatch(text.replaceAll(colours, ''), obeyed);
    }),
  );
});

test('text without anything that a terminal obeys is shown as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const plain = text.replaceAll(obeyed, '');
      assert.equal(textOf(plain), plain);
    }),
  );
});
