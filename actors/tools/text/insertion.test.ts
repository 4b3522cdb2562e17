// Inserting lines: behind the line that was named, as whole lines, and every byte that was there stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { insertLines } from './insertion.ts';
import { linesOf } from './lines.ts';

function insertInto(content: string, line: number, text: string): string {
  const changed = insertLines(content, { line, text });
  if (!changed.ok) throw new Error(changed.failure.detail);
  return changed.value.content;
}

test('lines go behind the line that is named, with the line ends that they need', () => {
  assert.equal(insertInto('a\nb\n', 0, 'x'), 'x\na\nb\n');
  assert.equal(insertInto('a\nb\n', 1, 'x\ny\n'), 'a\nx\ny\nb\n');
  assert.equal(insertInto('a\nb\n', 2, 'x'), 'a\nb\nx');
  assert.equal(insertInto('a\nb', 2, 'x'), 'a\nb\nx');
  assert.equal(insertInto('', 0, 'x'), 'x');
});

test('a file of CRLF gets CRLF', () => {
  assert.equal(insertInto('a\r\nb\r\n', 1, 'x\ny'), 'a\r\nx\r\ny\r\nb\r\n');
  assert.equal(insertInto('a\r\nb', 2, 'x'), 'a\r\nb\r\nx');
});

test('a line that is not there is refused with how many there are, and so is nothing to insert', () => {
  for (const [content, line, text, why] of [
    ['a\nb\n', 3, 'x', /It has 2 lines/],
    ['', 1, 'x', /It has 0 lines/],
    ['a', 0, '', /empty/],
  ] as const) {
    const changed = insertLines(content, { line, text });
    assert.ok(!changed.ok);
    assert.match(changed.failure.detail, why);
  }
});

test('what was there stays, before and behind, whatever the texts hold', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r\n', '$&', '😀', '\t') });
  void fc.assert(
    fc.property(
      text,
      fc.string({ unit: fc.constantFrom('x', '\n', '\r\n', '$1'), minLength: 1 }),
      fc.nat(),
      (content, added, at) => {
        const lines = linesOf(content);
        const line = at % (lines.length + 1);
        const result = insertInto(content, line, added);
        const [before, behind] = [lines.slice(0, line).join(''), lines.slice(line).join('')];
        assert.ok(
          result.startsWith(before) && result.endsWith(behind) && result.length >= content.length + added.length,
        );
        const between = linesOf(result.slice(before.length, result.length - behind.length));
        assert.ok(behind === '' || between.at(-1)?.endsWith('\n'));
        assert.ok(linesOf(result).length >= lines.length + 1 || behind === '');
      },
    ),
  );
});
