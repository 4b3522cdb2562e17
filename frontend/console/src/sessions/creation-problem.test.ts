// What the engine says of a new session stands beside the field that it is about.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAboutOptions, placeProblem } from './creation-problem.ts';

test('the parts that the engine names have its words each', () => {
  const errors = [
    { path: 'branch', message: 'must be at most 255 characters' },
    { path: 'task', message: 'must not be empty' },
  ];
  const problems = placeProblem({ code: 'invalid', message: 'branch: …', errors });
  assert.deepEqual(problems, { branch: 'must be at most 255 characters', task: 'must not be empty' });
  assert.ok(isAboutOptions(problems));
});

test('a refused repository, branch or key stands beside its field', () => {
  const fieldOf = (code: Parameters<typeof placeProblem>[0]['code']) =>
    Object.keys(placeProblem({ code, message: 'No.', errors: undefined }))[0];
  assert.deepEqual(
    ['badRepoUrl', 'badBranch', 'badProvider', 'wrongKey', 'badKey'].map((code) => fieldOf(code as 'badKey')),
    ['repoUrl', 'branch', 'modelProvider', 'apiKey', 'apiKey'],
  );
});

test('what is about no field stands beside the task', () => {
  const problems = placeProblem({ code: 'tooManySessions', message: 'Too many.', errors: undefined });
  assert.deepEqual(problems, { task: 'Too many.' });
  assert.ok(!isAboutOptions(problems));
});
