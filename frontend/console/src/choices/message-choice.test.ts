// What is chosen for one message goes to the engine as it was meant, and nothing else does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeMessageChoice, noMessageChoice, writeMessageChoice } from './message-choice.ts';

test('a message of which nothing was chosen chooses nothing', () => {
  assert.deepEqual(writeMessageChoice(noMessageChoice), {});
  assert.equal(describeMessageChoice(noMessageChoice), '');
});

test('what was chosen is written as the engine takes it, and told in a line', () => {
  const choice = { model: 'anthropic/claude-haiku-5-5', effort: 'low', budgetUsd: ' 0,50 ', maxIterations: '20' };
  assert.deepEqual(writeMessageChoice(choice), {
    model: 'anthropic/claude-haiku-5-5',
    effort: 'low',
    budgetUsd: 0.5,
    maxIterations: 20,
  });
  assert.equal(describeMessageChoice(choice), 'claude-haiku-5-5 · low effort · $0,50 at most · 20 steps at most');
});

test('what is no number goes as it was typed, so that the engine says what is wrong with it', () => {
  assert.deepEqual(writeMessageChoice({ ...noMessageChoice, budgetUsd: 'much' }), { budgetUsd: 'much' });
});
