// What a diff shows deceives nobody, and says where it was cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownLineCharsMax, showSides } from './show-sides.ts';

const sideOf = (...texts: string[]) => texts.map((text, index) => ({ text, number: index + 1 }));

test('a character that turns code around is shown as its sign', () => {
  const { after } = showSides({ before: [], after: sideOf('if (a) { /*\u202e } */'), isWhole: true });
  assert.equal(after.text, 'if (a) { /*⟨U+202E⟩ } */\n');
});

test('lines that end as on Windows are shown as lines, and one that ends otherwise than the others is told', () => {
  const same = showSides({ before: sideOf('a\r'), after: sideOf('a\r', 'b\r'), isWhole: true });
  assert.deepEqual([same.before.text, same.after.text], ['a\n', 'a\nb\n']);
  const mixed = showSides({ before: sideOf('a'), after: sideOf('a\r'), isWhole: true });
  assert.deepEqual([mixed.before.text, mixed.after.text], ['a\n', 'a⟨U+000D⟩\n']);
});

test('a very long line is cut and says so, and a change behind the cut is still a change', () => {
  const long = 'x'.repeat(1_000_000);
  const changed = showSides({ before: sideOf(`${long}a`), after: sideOf(`${long}b`), isWhole: true });
  assert.ok(changed.hasCutLines && changed.before.text.length < shownLineCharsMax + 100);
  assert.notEqual(changed.before.text, changed.after.text);
  const same = showSides({ before: sideOf(long), after: sideOf(long), isWhole: true });
  assert.equal(same.before.text, same.after.text);
});
