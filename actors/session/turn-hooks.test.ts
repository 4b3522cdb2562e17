// Which hooks a turn has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy } from '../../schema/policy.ts';
import { createFiles } from '../testing/tool-calls.ts';
import { openTurnHooks } from './turn-hooks.ts';

const file = JSON.stringify({ before: [{ command: 'echo hello' }] });

async function hasHooks(policy: Policy | undefined, isPlanAllowed = false, content = file): Promise<boolean> {
  const problems: string[] = [];
  const hooks = await openTurnHooks({
    sandbox: await createFiles({ '/workspace/.lucid/hooks.json': content }),
    signal: new AbortController().signal,
    policy,
    isPlanAllowed,
    operatorHooks: undefined,
    onProblem: (problem) => problems.push(problem),
  });
  assert.equal(problems.length, content === file ? 0 : 1);
  return hooks !== undefined;
}

test('the repository’s hooks are run where nobody is asked about what they could do', async () => {
  assert.equal(await hasHooks(undefined), true);
  assert.equal(await hasHooks({ mode: 'ask' }), false);
  assert.equal(await hasHooks({ mode: 'read-only' }), false);
  assert.equal(await hasHooks({ mode: 'plan' }), false);
  assert.equal(await hasHooks({ mode: 'plan' }, true), true);
});

test('a file that is no JSON, too large or of another form is told of', async () => {
  for (const content of ['{', '"x"', '{"before":[{}]}', `{"x":"${'x'.repeat(70_000)}"}`])
    assert.equal(await hasHooks(undefined, false, content), false);
});
