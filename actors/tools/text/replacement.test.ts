// Replacing a piece of a text: exactly that piece, whatever the texts hold; and what is said where it can't be done.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../../schema/limits.ts';
import { type Replacement, replaceText } from './replacement.ts';

const units = ['a', 'b', ' ', '\t', '\n', '$&', '$1', '$$', "$'", '\\n', 'é', '€', '😀', '\u0301', '\ufeff', '"'];
const text = (more: string[] = [], constraints: { minLength?: number; maxLength?: number } = {}) =>
  fc.string({ unit: fc.constantFrom(...units, ...more), maxLength: 12, ...constraints });

/** The text after it, or why there is none. */
const replaceIn = (content: string, replacement: Replacement): string | { refused: string } => {
  const changed = replaceText(content, replacement);
  return changed.ok ? changed.value.content : { refused: changed.failure.detail };
};

const refusal = (content: string, oldText: string, newText = 'new'): string => {
  const result = replaceIn(content, { oldText, newText });
  assert.ok(typeof result !== 'string', `It was replaced: ${JSON.stringify(result)}`);
  return result.refused;
};

/** In how many places a text is, overlapping ones counted. */
const countOf = (content: string, piece: string): number =>
  Array.from({ length: content.length }, (_, at) => content.startsWith(piece, at)).filter(Boolean).length;

const isCrlf = (content: string) => content.includes('\r\n') && !content.replaceAll('\r\n', '').includes('\n');

test('the only occurrence is replaced and no other byte changes; none, or several, and nothing is replaced', () => {
  const pieces = fc.record({
    before: text(['\r\n', '\r']),
    oldText: text(['\r\n', '\r'], { minLength: 1, maxLength: 4 }),
    behind: text(['\r\n', '\r']),
    newText: text(['\r\n', '\r']),
  });
  void fc.assert(
    fc.property(pieces, ({ before, oldText, behind, newText }) => {
      const content = before + oldText + behind;
      fc.pre(!isCrlf(content) && oldText !== newText);
      const isUnique = countOf(content, oldText) === 1;
      const result = replaceIn(content, { oldText, newText });
      if (isUnique) assert.equal(result, before + newText + behind);
      else assert.match((result as { refused: string }).refused, /^The old text is in it (\d+) times/);
    }),
    { numRuns: 1_000 },
  );
});

test('all occurrences are replaced where that is asked for, from the beginning on', () => {
  void fc.assert(
    fc.property(text(), text([], { minLength: 1, maxLength: 2 }), text(), (content, oldText, newText) => {
      fc.pre(content.includes(oldText) && oldText !== newText);
      const expected = content.split(oldText).join(newText);
      assert.equal(replaceIn(content, { oldText, newText, replaceAll: true }), expected);
    }),
  );
});

test('a file of CRLF keeps its line ends where the texts come with LF', () => {
  const toCrlf = (result: ReturnType<typeof replaceIn>) =>
    typeof result === 'string' ? result.replaceAll('\n', '\r\n') : 'refused';
  void fc.assert(
    fc.property(text(), text([], { minLength: 1, maxLength: 3 }), text(), (content, oldText, newText) => {
      fc.pre(content.includes('\n'));
      const asLf = replaceIn(content, { oldText, newText });
      const asCrlf = replaceIn(content.replaceAll('\n', '\r\n'), { oldText, newText });
      assert.equal(typeof asCrlf === 'string' ? asCrlf : 'refused', toCrlf(asLf));
    }),
    { numRuns: 500, examples: [['\ufeff\n', '\ufeff\n', '']] },
  );
});

test('texts that show a carriage return are taken as they are, so line ends can be changed too', () => {
  const replacement = { oldText: '\r\n', newText: '\n', replaceAll: true };
  assert.equal(replaceIn('a\r\nb\r\n', replacement), 'a\nb\n');
});

test('replacement patterns of JavaScript are text like any other', () => {
  assert.equal(replaceIn('cost: X', { oldText: 'X', newText: '$& $1 $` $$' }), 'cost: $& $1 $` $$');
  assert.equal(replaceIn('a.c abc', { oldText: 'a.c', newText: '', replaceAll: true }), ' abc');
});

test('half of a surrogate pair is found nowhere', () => {
  assert.match(refusal('x😀y', '\ud83d'), /not in it\. Nothing in the file is like it/);
  assert.match(refusal('x😀y', '\ude00y'), /not in it/);
});

test('an empty old text and one that is its own replacement change nothing', () => {
  assert.match(refusal('text', ''), /empty/);
  assert.match(refusal('', ''), /empty/);
  assert.match(refusal('text', 'te', 'te'), /the same/);
});

test('what occurs more than once is shown with the line of each', () => {
  const said = refusal('one\n  x = 1;\ntwo\nx = 1;\n', 'x = 1;');
  assert.match(said, /2 times.*\n2: {3}x = 1;\n4: x = 1;$/s);
  assert.match(refusal('aaa', 'aa'), /2 times/);
  const many = refusal('x\n'.repeat(5_000), 'x');
  assert.match(many, /at least 1000 times/);
  assert.ok(many.split('\n').length < 20);
});

test('a replacement that would grow a file too large is refused before it takes memory', () => {
  const content = 'a'.repeat(limits.fileBytesMax);
  const result = replaceIn(content, { oldText: 'a', newText: 'b'.repeat(100_000), replaceAll: true });
  assert.match((result as { refused: string }).refused, /would hold 104857600000 characters/);
});

test('a replacement says in which line it was, or how many there were', () => {
  const said = (replacement: Replacement) => {
    const changed = replaceText('a\nb\nb\nc', replacement);
    return changed.ok ? changed.value.said : changed.failure.detail;
  };
  assert.equal(said({ oldText: 'b\nc', newText: 'd' }), 'Replaced the text at line 3');
  assert.equal(said({ oldText: 'b', newText: 'd', replaceAll: true }), 'Replaced 2 texts');
});
