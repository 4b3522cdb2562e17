// A command may forge a container's answer, so only failures that the guest has reason to answer with are taken.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRefusal } from './guest-answers.ts';

const codeOf = (answer: object) => {
  const refusal = parseRefusal(answer);
  return refusal.ok ? undefined : refusal.failure.code;
};

test('a refusal of the guest is passed on', () => {
  assert.deepEqual(codeOf({ id: 1, code: 'noSuchFile', detail: 'There is no such file.' }), 'noSuchFile');
});

test('a forged refusal counts as a failed sandbox, whatever it says', () => {
  for (const code of ['toString', '__proto__', 'notAuthenticated', ['toString'], ['badPath'], 5, null, undefined])
    assert.equal(codeOf({ id: 1, code, detail: 'x' }), 'sandboxFailed', String(code));
  assert.equal(codeOf({ id: 1, code: 'badPath', detail: { toString: 'x' } }), 'sandboxFailed');
});

test('the sentence of a refusal is bounded', () => {
  const refusal = parseRefusal({ code: 'badPath', detail: 'x'.repeat(1_000_000) });
  assert.ok(!refusal.ok && refusal.failure.detail.length === 1_000);
});
