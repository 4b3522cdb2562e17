// A clone that failed says why, by the repository's own name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed } from '../../schema/error.ts';
import type { RunResult } from '../sandbox.ts';
import { cloneFailureOf } from './clone-failure.ts';

const clone = {
  repoUrl: 'https://github.com/user/repo.git',
  gitProxyUrl: 'http://172.18.0.1:40123/grant/github.com/user/repo',
  branch: 'nope',
};
const exited = (output: string, exitCode = 128): RunResult => ({ kind: 'exited', output, exitCode });

function saidOf(result: RunResult, refusal = undefined as Parameters<typeof cloneFailureOf>[2]): string {
  const outcome = cloneFailureOf(result, clone, refusal);
  return outcome.ok ? '' : `${outcome.failure.code}: ${outcome.failure.detail}`;
}

test('what the git proxy refused is the reason, whatever git made of it', () => {
  const { failure } = failed('repositoryDenied', 'No.');
  assert.equal(saidOf(exited('fatal: unable to access'), failure), 'repositoryDenied: No.');
});

test('a branch that is not there, too little room, memory or time, and an interrupt have their own words', () => {
  assert.equal(
    saidOf(exited('fatal: Remote branch nope not found in upstream origin')),
    'noSuchBranch: github.com/user/repo has no branch "nope".',
  );
  for (const words of [
    'fatal: cannot store pack file: No space left on device',
    'error: Disk quota exceeded',
    'error: unable to write file a',
  ])
    assert.match(saidOf(exited(words)), /^repositoryTooLarge: github\.com\/user\/repo does not fit /);
  assert.match(saidOf(exited('Killed', 137)), /^repositoryTooLarge: .* memory /);
  assert.match(saidOf(exited('error: index-pack died of signal 9')), /^repositoryTooLarge: .* memory /);
  assert.match(saidOf({ kind: 'timedOut', output: '', limitMs: 300_000 }), /^repositoryTooSlow: .* within 300 s\.$/);
  assert.match(saidOf({ kind: 'cancelled', output: '' }), /^repositoryFailed: .* interrupted\.$/);
});

test("anything else is told in git's words, cut, with the repository's own URL", () => {
  const said = saidOf(exited(`fatal: odd thing at '${clone.gitProxyUrl}/'\n${'x'.repeat(10_000)}`));
  assert.match(
    said,
    /^repositoryFailed: .* could not be cloned: fatal: odd thing at 'https:\/\/github\.com\/user\/repo\.git\/' x+$/,
  );
  assert.ok(said.length < 700);
  assert.doesNotMatch(said, /172\.18|grant/);
});
