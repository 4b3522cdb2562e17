// Every model of Google that can think is asked to, in the way that it takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { efforts } from '../../../../schema/choice.ts';
import { googleThinkingOf } from './google-thinking.ts';

test('Google’s models show their thoughts from 2.5 on, thinking as Google’s own agent has them', () => {
  for (const model of ['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-2.5-flash-lite'])
    assert.deepEqual(googleThinkingOf(model), { includeThoughts: true, thinkingBudget: 8_192 }, model);
  for (const model of ['gemini-3-pro-preview', 'gemini-3.1-pro-preview', 'gemini-3.8-flash', 'models/gemini-3.7-flash'])
    assert.deepEqual(googleThinkingOf(model), { includeThoughts: true, thinkingLevel: 'HIGH' }, model);
  for (const model of ['gemini-4-neon', 'gemini-5', 'gemini-flash-latest'])
    assert.deepEqual(googleThinkingOf(model), { includeThoughts: true }, model);
  for (const model of ['gemini-2.0-flash', 'gemini-1.5-pro', 'gemma-3-27b-it'])
    assert.equal(googleThinkingOf(model), undefined, model);
});

test('each effort is a budget or a level, the nearest one that the model takes', () => {
  const of = (model: string) => efforts.map((effort) => googleThinkingOf(model, effort));
  const shown = { includeThoughts: true };
  assert.deepEqual(
    of('gemini-2.5-flash'),
    [2_048, 8_192, 16_384, 24_576].map((thinkingBudget) => ({ ...shown, thinkingBudget })),
  );
  const withLevels = (...levels: string[]) => levels.map((thinkingLevel) => ({ ...shown, thinkingLevel }));
  for (const model of ['gemini-3.8-flash', 'gemini-3.1-pro-preview', 'gemini-4-neon'])
    assert.deepEqual(of(model), withLevels('LOW', 'MEDIUM', 'HIGH', 'HIGH'), model);
  assert.deepEqual(of('gemini-3-pro-preview'), withLevels('LOW', 'HIGH', 'HIGH', 'HIGH'));
  assert.deepEqual(of('gemini-2.0-flash'), Array(4).fill(undefined));
});
