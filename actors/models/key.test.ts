// Whose key a session's model is asked with.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canBeSent, chooseKey } from './key.ts';

test("the caller's key comes first, then the provider's, then the general one", () => {
  const keys = { anthropic: 'a', google: 'g', llm: 'l' };
  assert.equal(chooseKey('anthropic', 'mine', keys), 'mine');
  assert.equal(chooseKey('anthropic', null, keys), 'a');
  assert.equal(chooseKey('google', '', keys), 'g');
  assert.equal(chooseKey('google', null, { anthropic: 'a', llm: 'l' }), 'l');
  assert.equal(chooseKey('google', null, { anthropic: 'a' }), undefined);
  assert.equal(chooseKey('openai', null, { openai: '', llm: 'l' }), 'l');
  assert.equal(chooseKey('openai', null, { openai: '' }), '');
});

test('a key that no header can carry is none', () => {
  assert.ok(canBeSent('sk-ant-api03-x_Y.z+/='));
  for (const key of ['', 'two words', 'line\nbreak', 'typographic “quote”', 'emoji😀', 'nul\0'])
    assert.equal(canBeSent(key), false, key);
});
