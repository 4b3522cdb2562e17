// A failure is told in the engine's words, and where it wasn't heard in plain ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unreachable, wordsOfError } from './words-of-error.ts';

test('who is offline reads that the engine can’t be reached, not what the browser calls it', () => {
  const message = "http://localhost:8000 can't be reached: Failed to fetch";
  assert.equal(wordsOfError({ code: 'networkFailed', message }), unreachable);
  assert.equal(wordsOfError({ code: 'badRepoUrl', message: 'Only https.' }), 'Only https.');
  assert.equal(wordsOfError(new Error('It is gone.')), 'It is gone.');
});
