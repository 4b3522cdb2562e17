// Colours of programs become those of the page, and no text becomes unseen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { styleOutput } from './style-output.ts';

const classOf = (codes: string) => styleOutput(`\x1b[${codes}mx`)[0]?.className;

test('each colour has its token, bright or not, of 16, of 256 or of all', () => {
  assert.equal(classOf('31'), 'text-bad');
  assert.equal(classOf('92'), 'text-good');
  assert.equal(classOf('90'), 'text-muted');
  assert.equal(classOf('38;5;208'), 'text-warn');
  assert.equal(classOf('38;2;0;80;255'), 'text-info');
  assert.equal(classOf('1;35'), 'text-violet font-bold');
});

test('black on black, white on white and what is hidden can be read', () => {
  for (const codes of ['30;40', '37;47', '97;107', '38;2;0;0;0;48;2;0;0;0'])
    assert.equal(classOf(codes), 'bg-line text-text', codes);
  assert.match(classOf('8') ?? '', /border-dotted/);
});

test('the text is all of it, in order', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('\x1b[31m', '\x1b[0m', '\x1b[7m', '\x1b[38;5;1m'));
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const folded = parts.filter((each) => each.startsWith('\x1b[') || !each.includes('\x1b')).join('');
      const text = styleOutput(folded)
        .map((run) => run.text)
        .join('');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
      assert.equal(text, folded.replaceAll(/\x1b\[[\d;]*m/g, ''));
    }),
  );
});
