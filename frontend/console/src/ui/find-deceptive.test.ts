// What deceives is shown as what it is; what languages and emoji need stays as it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isDeceptive, showDeceptive, splitDeceptive } from './find-deceptive.ts';

test('what turns text around, hides in it or is obeyed by terminals is marked by its name', () => {
  assert.deepEqual(splitDeceptive('user\u202egpj.exe'), [
    { text: 'user' },
    { text: '\u202e', sign: 'U+202E', name: 'right-to-left override' },
    { text: 'gpj.exe' },
  ]);
  for (const character of [
    '\0',
    '\x1b',
    '\r',
    '\u009b',
    '\u200b',
    '\u2066',
    '\u2028',
    '\u3164',
    '\ufeff',
    '\u{e0041}',
    '\udc80',
  ])
    assert.ok(isDeceptive(`a${character}b`), character.codePointAt(0)?.toString(16));
  assert.equal(showDeceptive('a\u200bb'), 'a⟨U+200B⟩b');
});

test('what deceives is marked also where one has asked for it before', () => {
  assert.ok(isDeceptive('a\u202eb'));
  assert.equal(splitDeceptive('a\u202eb').length, 3);
});

test('text of all languages, emoji, tabs and new lines stay as they are', () => {
  const all = ['Grüße\tund\nmehr', 'שלום', 'مرحبا', '👩‍💻 👨‍👩‍👧 ❤️‍🔥 👍🏽', 'می‌خواهم', 'क्‍ष', '日本語', 'a\u00a0b'];
  for (const text of all) assert.deepEqual(splitDeceptive(text), [{ text }]);
});

test('a joiner between ordinary letters is marked: two names that look the same may not be', () => {
  assert.equal(showDeceptive('pass\u200dword'), 'pass⟨U+200D⟩word');
  assert.equal(showDeceptive('𠀀\u200d\ufe00'), '𠀀⟨U+200D⟩⟨U+FE00⟩');
});

test('nothing of a text is lost, and what is shown in its place deceives no more', () => {
  const text = fc.string({
    unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom('\u202e', '\ud800', '\u200d', '👩')),
  });
  const property = fc.property(text, (any) => {
    assert.equal(
      splitDeceptive(any)
        .map((part) => part.text)
        .join(''),
      any,
    );
    assert.equal(
      isDeceptive(any),
      splitDeceptive(any).some(({ sign }) => sign !== undefined),
    );
    assert.ok(!isDeceptive(showDeceptive(any)));
  });
  fc.assert(property);
});
