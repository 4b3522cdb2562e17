// A failed clone says why, and names the repository by its own URL.
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

function describeFailure(result: RunResult, refusal = undefined as Parameters<typeof cloneFailureOf>[2]): string {
  const outcome = cloneFailureOf(result, clone, refusal);
  return outcome.ok ? '' : `${outcome.failure.code}: ${outcome.failure.detail}`;
}

test("the git proxy's refusal is the reason, whatever git printed", () => {
  const { failure } = failed('repositoryDenied', 'No.');
  assert.equal(describeFailure(exited('fatal: unable to access'), failure), 'repositoryDenied: No.');
});

test('a missing branch, too little room, memory or time, and an interrupt each have a sentence of their own', () => {
  assert.equal(
    describeFailure(exited('fatal: Remote branch nope not found in upstream origin')),
    'noSuchBranch: github.com/user/repo has no branch "nope".',
  );
  for (const output of [
    'fatal: cannot store pack file: No space left on device',
    'error: Disk quota exceeded',
    'error: unable to write file a',
  ])
    assert.match(describeFailure(exited(output)), /^repositoryTooLarge: github\.com\/user\/repo does not fit /);
  assert.match(describeFailure(exited('Killed', 137)), /^repositoryTooLarge: .* memory /);
  assert.match(describeFailure(exited('error: index-pack died of signal 9')), /^repositoryTooLarge: .* memory /);
  assert.match(
    describeFailure({ kind: 'timedOut', output: '', limitMs: 300_000 }),
    /^repositoryTooSlow: .* within 300 s\.$/,
  );
  assert.match(describeFailure({ kind: 'cancelled', output: '' }), /^repositoryFailed: .* interrupted\.$/);
});

test("any other failure shows what git printed, cut, with the repository's own URL", () => {
  const sentence = describeFailure(exited(`fatal: odd thing at '${clone.gitProxyUrl}/'\n${'x'.repeat(10_000)}`));
  assert.match(
    sentence,
    /^repositoryFailed: .* could not be cloned: fatal: odd thing at 'https:\/\/github\.com\/user\/repo\.git\/' x+$/,
  );
  assert.ok(sentence.length < 700);
  assert.doesNotMatch(sentence, /172\.18|grant/);
});
