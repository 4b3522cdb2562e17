// What bounds the paths that rules and calls name, and what becomes of calls beyond it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { Hooks } from '../../schema/hooks.ts';
import { Policy, type PolicyRule } from '../../schema/policy.ts';
import { factsOf } from './call-facts.ts';
import { decideCall } from './decide-call.ts';

const writeFacts = (path: string) => factsOf({ tool: 'write', isReadOnly: false, path, root: '/workspace' });

test('paths that are too many to be compared are never allowed by one, and denied by any', () => {
  const decide = (decision: PolicyRule['decision'], facts: ReturnType<typeof factsOf>) =>
    decideCall({ mode: 'ask', rules: [{ path: 'docs/**', decision }] }, facts, {
      isPlanAllowed: false,
      allowed: new Set(),
    }).decision;
  const line = `touch ${Array.from({ length: 3_000 }, (_, at) => `docs/${at}`).join(' ')}`;
  const deep = `docs${'/a'.repeat(6_000)}`;
  for (const facts of [
    factsOf({ tool: 'shell', isReadOnly: false, command: line, root: '/workspace' }),
    writeFacts(deep),
  ])
    assert.deepEqual([decide('allow', facts), decide('deny', facts), decide('ask', facts)], ['ask', 'deny', 'ask']);
  assert.equal(decide('allow', writeFacts(`docs${'/a'.repeat(1_000)}`)), 'allow');
});

test('a rule whose path goes through more folders than any project has is refused', () => {
  const policyOf = (path: string) => ({ rules: [{ path, decision: 'deny' }] });
  assert.equal(v.safeParse(Policy, policyOf('**/a/'.repeat(8))).success, true);
  assert.equal(v.safeParse(Policy, policyOf('**/*a*/'.repeat(100))).success, false);
  assert.equal(v.safeParse(Hooks, { after: [{ path: '**/*a*/'.repeat(100), command: 'true' }] }).success, false);
});
