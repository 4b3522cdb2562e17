// Models are named with their provider or without, and only those can be chosen that there are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findChoosable, listChoosable, type ModelRules, readModelName } from './choosable-models.ts';

const rules: ModelRules = { modelNames: { anthropic: 'claude-sonnet-5-5', google: 'gemini-own' } };

const choose = (asked: string, more: Partial<ModelRules> = {}): string => {
  const found = findChoosable(readModelName(asked, 'anthropic'), { ...rules, ...more });
  return found.ok ? `${found.value.provider} ${found.value.model}` : found.failure.detail;
};

test('a name is one of the session’s provider, unless it begins with another', () => {
  assert.deepEqual(readModelName('claude-opus-5-5', 'anthropic'), { provider: 'anthropic', model: 'claude-opus-5-5' });
  assert.deepEqual(readModelName('google/gemini-4-neon', 'anthropic'), { provider: 'google', model: 'gemini-4-neon' });
  assert.deepEqual(readModelName('meta/llama', 'anthropic'), { provider: 'anthropic', model: 'meta/llama' });
  assert.deepEqual(readModelName('google/meta/llama', 'anthropic'), { provider: 'google', model: 'meta/llama' });
});

test('known models can be chosen, with the date of a snapshot too, and the engine’s own choice', () => {
  assert.equal(choose('claude-opus-5-5'), 'anthropic claude-opus-5-5');
  assert.equal(choose('claude-haiku-4-5-20251001'), 'anthropic claude-haiku-4-5-20251001');
  assert.equal(choose('google/gemini-own'), 'google gemini-own');
});

test('another model is refused with all that there are', () => {
  const refusal = choose('claude-opus-99');
  assert.match(
    refusal,
    /^model is not to be had here as anthropic\/claude-opus-99; there are anthropic\/claude-sonnet-5-5, /,
  );
  for (const { provider, model } of listChoosable(rules)) assert.ok(refusal.includes(`${provider}/${model}`), model);
});

test('at an address of the operator’s any name can be chosen', () => {
  for (const name of [
    'llama-4',
    'meta-llama/llama-4:free',
    'ft:gpt-6:acme::a1b2',
    '@cf/meta/llama-4',
    '/models/llama-4',
  ])
    assert.equal(choose(name, { baseUrl: 'http://models.lan' }), `anthropic ${name}`);
});

test('no name leads elsewhere at that address', () => {
  const wide = { baseUrl: 'http://models.lan', allowed: ['google/*'] };
  for (const name of [
    'google/../../admin',
    'google/a/./b',
    'google/a?b=c',
    'google/a#b',
    'google/%2e%2e/a',
    'google/a\\b',
  ])
    for (const more of [{ baseUrl: wide.baseUrl }, wide]) assert.match(choose(name, more), /not to be had here/, name);
  for (const name of ['a\r\nb', 'a\u0000', 'a b', 'a\u202eb'])
    assert.match(choose(name, { baseUrl: wide.baseUrl }), /not to be had here/);
});

test('the operator bounds the choice, by names and by beginnings; the engine’s own choice stays', () => {
  const bounded = { allowed: ['anthropic/claude-haiku-*', 'google/gemini-new'] };
  assert.equal(choose('claude-haiku-5-5', bounded), 'anthropic claude-haiku-5-5');
  assert.equal(choose('claude-sonnet-5-5', bounded), 'anthropic claude-sonnet-5-5');
  assert.equal(choose('google/gemini-new', bounded), 'google gemini-new');
  assert.match(choose('claude-opus-5-5', bounded), /not to be had here/);
  assert.match(choose('llama-4', { ...bounded, baseUrl: 'http://models.lan' }), /not to be had here/);
  const listed = listChoosable({ ...rules, ...bounded }).map(({ provider, model }) => `${provider}/${model}`);
  assert.deepEqual(listed.toSorted(), [
    'anthropic/claude-haiku-4-5',
    'anthropic/claude-haiku-5-5',
    'anthropic/claude-sonnet-5-5',
    'google/gemini-new',
    'google/gemini-own',
  ]);
});
