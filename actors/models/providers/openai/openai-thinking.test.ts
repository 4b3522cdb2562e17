// What each model is told of how much to think: the nearest of what it takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { efforts } from '../../../../schema/choice.ts';
import { type OpenAiThinkingOptions, openAiEffortOf } from './openai-thinking.ts';

const usual: OpenAiThinkingOptions = { effort: undefined, thinks: true, hasTools: true, isOpenAi: false };

const levelsOf = (model: string, more: Partial<OpenAiThinkingOptions> = {}) =>
  [undefined, ...efforts].map((effort) => openAiEffortOf(model, { ...usual, ...more, effort }));

test('each effort is the nearest one that the model takes, and without one nothing is said', () => {
  const most = [undefined, 'low', 'medium', 'high'];
  for (const model of ['o4-mini', 'gpt-5', 'gpt-5.1', 'openai/gpt-oss-120b', 'qwen3-coder'])
    assert.deepEqual(levelsOf(model), [...most, 'high'], model);
  for (const model of ['gpt-5.2', 'openai/gpt-6-sol', 'gpt-6.2-astra', 'gpt-7'])
    assert.deepEqual(levelsOf(model), [...most, 'xhigh'], model);
  for (const model of ['gpt-4.1', 'gpt-4o-mini', 'gpt-3.5-turbo'])
    assert.deepEqual(levelsOf(model), Array(5).fill(undefined), model);
});

test('OpenAI’s models that take tools only without thinking are told not to think', () => {
  for (const model of ['gpt-5.4', 'gpt-5.6-terra', 'gpt-6-sol']) {
    assert.deepEqual(levelsOf(model, { isOpenAi: true }), Array(5).fill('none'), model);
    assert.equal(levelsOf(model, { isOpenAi: true, hasTools: false })[3], 'high');
  }
  assert.equal(levelsOf('gpt-5.1', { isOpenAi: true })[3], 'high');
});

test('a model that refused is not told again, or told not to think where that is a level of its own', () => {
  assert.deepEqual(levelsOf('qwen3-coder', { thinks: false }), Array(5).fill(undefined));
  assert.deepEqual(levelsOf('gpt-5.6-sol', { thinks: false }), Array(5).fill('none'));
});
