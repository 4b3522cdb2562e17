// Thoughts between tags at the beginning of a text come to the same however the text is cut, and other texts stay as they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ThinkTags } from './think-tags.ts';

function split(pieces: readonly string[]): { thought: string; text: string } {
  const tags = new ThinkTags();
  const parts = [...pieces.flatMap((piece) => tags.addText(piece)), ...tags.endText()];
  const joinOf = (kind: 'thought' | 'text') =>
    parts
      .filter((part) => part.kind === kind)
      .map(({ text }) => text)
      .join('');
  return { thought: joinOf('thought'), text: joinOf('text') };
}

const cutInto = (text: string, chars: number) => text.match(new RegExp(`.{1,${chars}}`, 'gs')) ?? [];

const word = fc.stringMatching(/^[a-z</>]{0,12}$/).filter((text) => !text.includes('</think>'));

test('a text with thoughts before it is split, wherever it is cut', () => {
  void fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 20 }), (thought, text, chars) => {
      fc.pre(!`${thought}</think`.slice(0, -7).endsWith('<'));
      const pieces = cutInto(`\n<think>${thought}</think>${text}`, chars);
      assert.deepEqual(split(pieces), { thought, text });
    }),
  );
});

test('any other text stays as it is', () => {
  void fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 9 }), (text, chars) => {
      fc.pre(!text.trimStart().startsWith('<think>'));
      assert.deepEqual(split(cutInto(text, chars)), { thought: '', text });
    }),
  );
  for (const text of ['<', ' <thin', 'See <think>this</think>.'])
    assert.deepEqual(split([text]), { thought: '', text }, text);
});

test('thoughts without an end are thoughts', () => {
  assert.deepEqual(split(['<think>', 'Hm. </th']), { thought: 'Hm. </th', text: '' });
});
