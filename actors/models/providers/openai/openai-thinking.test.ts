// What each model is told of how much to think: the nearest of what it takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { efforts } from '../../../../schema/choice.ts';
import { chatEffortOf, responsesEffortOf, thinksOverResponses } from './openai-thinking.ts';

const levels = [undefined, ...efforts];
const chatLevelsOf = (model: string, thinks = true) => levels.map((effort) => chatEffortOf(model, { effort, thinks }));
const most = [undefined, 'low', 'medium', 'high'];

test('each effort is the nearest one that the model takes, and without one nothing is said', () => {
  for (const model of ['o4-mini', 'gpt-5', 'gpt-5.1', 'openai/gpt-oss-120b', 'qwen3-coder'])
    assert.deepEqual(chatLevelsOf(model), [...most, 'high'], model);
  for (const model of ['gpt-5.2', 'openai/gpt-6-sol', 'gpt-6.2-astra', 'gpt-7'])
    assert.deepEqual(chatLevelsOf(model), [...most, 'xhigh'], model);
  for (const model of ['gpt-4.1', 'gpt-4o-mini', 'gpt-3.5-turbo'])
    assert.deepEqual(chatLevelsOf(model), Array(5).fill(undefined), model);
});

test('OpenAI’s own newest models have the highest level, and those before them the nearest', () => {
  const of = (model: string) => levels.map((effort) => responsesEffortOf(model, effort));
  for (const model of ['gpt-5.6-terra', 'gpt-6-sol', 'gpt-6.2-astra']) assert.deepEqual(of(model), [...most, 'max']);
  assert.deepEqual(of('gpt-5.4'), [...most, 'xhigh']);
  for (const model of ['gpt-5', 'o3']) assert.deepEqual(of(model), [...most, 'high'], model);
});

test('OpenAI’s own models that think are asked so that they may call tools meanwhile', () => {
  for (const model of ['gpt-5', 'gpt-5.4-mini', 'gpt-6.2-sol', 'o3', 'o4-mini']) assert.ok(thinksOverResponses(model));
  for (const model of ['gpt-4.1', 'gpt-4o', 'gpt-5-chat-latest', 'ft:gpt-4o:acme', 'unheard-of'])
    assert.equal(thinksOverResponses(model), false, model);
});

test('a model that refused is not told again, or told not to think where that is a level of its own', () => {
  assert.deepEqual(chatLevelsOf('qwen3-coder', false), Array(5).fill(undefined));
  assert.deepEqual(chatLevelsOf('gpt-5.6-sol', false), Array(5).fill('none'));
});
