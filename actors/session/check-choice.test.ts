// A choice is refused, with what there is, where the session can't have it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Choice } from '../../schema/choice.ts';
import { type ChoiceRules, checkChoice } from './check-choice.ts';

const rules: ChoiceRules = {
  models: { keys: { anthropic: 'sk-own' }, modelNames: {} },
  iterationsMax: 100,
  conversationTimeoutMs: 60_000,
  budgets: { sessionUsd: 5 },
};

function detailOf(choice: Choice, hasOwnKey = false, more: Partial<ChoiceRules> = {}): string {
  const outcome = checkChoice(choice, { provider: 'anthropic', hasOwnKey }, { ...rules, ...more });
  return outcome.ok ? 'accepted' : outcome.failure.detail;
}

test('a model is recorded with its provider', () => {
  const checked = checkChoice({ model: 'claude-opus-5-5', effort: 'low' }, { provider: 'anthropic' }, rules);
  assert.deepEqual(checked, { ok: true, value: { model: 'anthropic/claude-opus-5-5', effort: 'low' } });
});

test('a session goes to another provider only where somebody has a key for it', () => {
  const google = { model: 'google/gemini-4-neon' };
  const generalKey = { models: { keys: { llm: 'general' }, modelNames: {} } };
  assert.match(detailOf(google), /the engine has no key for google/);
  assert.equal(detailOf(google, false, generalKey), 'accepted');
  assert.match(detailOf(google, true, generalKey), /must be one of anthropic, whose key the session has/);
  assert.equal(detailOf(google, false, { models: { keys: {}, modelNames: {} } }), 'accepted'); // A script plays it.
});

test('a model whose provider nobody has a key for is refused rather than played by a script', () => {
  const models = { keys: { openai: '' }, modelNames: {}, baseUrl: 'http://models.example/v1' };
  const model = 'anthropic/claude-opus-5';
  assert.equal(
    detailOf({ model }, false, { models }),
    'model needs a key for anthropic, which the engine has not: bring one in apiKey, or take openai.',
  );
  assert.equal(detailOf({ model }, true, { models }), 'accepted');
  assert.equal(detailOf({ model }, false, { models: { keys: {}, modelNames: {} } }), 'accepted'); // All is played.
});

test('an unknown tool is refused with those that there are; tools of servers are known later', () => {
  assert.match(detailOf({ tools: ['read', 'reed'] }), /^tools\.1 must be one of .*read, .*or a tool of a server/);
  assert.equal(detailOf({ tools: ['read', 'shell', 'files__list'] }), 'accepted');
  assert.equal(detailOf({ tools: [] }), 'accepted');
});

test('nobody goes beyond the operator’s limits', () => {
  assert.equal(detailOf({ iterationsMax: 100, timeoutMs: 60_000 }), 'accepted');
  assert.equal(detailOf({ iterationsMax: 101 }), 'maxIterations must be at most 100 at this engine.');
  assert.equal(detailOf({ timeoutMs: 60_001 }), 'timeoutSeconds must be at most 60 at this engine.');
});

test('a budget holds for a model whose prices the operator says', () => {
  const models = { keys: { anthropic: 'sk-own' }, modelNames: {}, baseUrl: 'https://models.example/v1' };
  const choice = { model: 'own-7b', budgetUsd: 1 };
  assert.match(detailOf(choice, false, { models }), /^budgetUsd needs a model whose prices are known/);
  const own = { 'anthropic/own-7b': { prices: { input: 0.2, output: 0.8 } } };
  assert.equal(detailOf(choice, false, { models: { ...models, own } }), 'accepted');
});

test('nobody leaves the operator’s budgets by a model whose prices nobody knows', () => {
  const models = { keys: { llm: 'general' }, modelNames: {}, baseUrl: 'https://models.example/v1' };
  const model = 'openai/a-model-of-nobody';
  assert.match(detailOf({ model }, false, { models, budgets: { userDayUsd: 5 } }), /^model needs a model whose prices/);
  assert.equal(detailOf({ model }, false, { models, budgets: {} }), 'accepted');
});
