// What a new task asks of the engine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noChoices, noSecrets } from './remembered-choices.ts';
import { writeTaskBody } from './task-body.ts';

const none = { ...noChoices, ...noSecrets };

test('what was left empty isn’t asked for, and a person can be asked', () => {
  assert.deepEqual(writeTaskBody('Do it', { ...none, branch: 'main', gitToken: 'x' }), {
    task: 'Do it',
    autoStart: true,
    policy: { mode: 'auto' },
  });
});

test('model, effort, budget, instructions and when to ask go with it', () => {
  const chosen = { model: 'a/b', effort: 'high', budgetUsd: ' 1,5 ', mode: 'plan', instructions: 'In Dutch.' };
  assert.deepEqual(writeTaskBody('Do it', { ...none, ...chosen }), {
    task: 'Do it',
    autoStart: true,
    policy: { mode: 'plan' },
    ...{ model: 'a/b', effort: 'high', instructions: 'In Dutch.', budgetUsd: 1.5 },
  });
});

test('a budget that is no number goes to the engine, which says so', () => {
  assert.equal(writeTaskBody('Do it', { ...none, budgetUsd: 'much' }).budgetUsd, 'much');
});
