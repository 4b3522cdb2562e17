// What one reads of a call before one allows it, and what becomes of it when it is edited.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { describeCall, readEdited } from './describe-call.ts';

test('a command and a path are shown as they are, any other input as JSON', () => {
  assert.deepEqual(describeCall({ tool: 'shell', input: { command: 'git push', timeoutSeconds: 9 } }), {
    tool: 'shell',
    text: 'git push',
    isCommand: true,
  });
  assert.equal(describeCall({ tool: 'read', input: { path: 'a' } }).text, 'a');
  assert.equal(describeCall({ tool: 'x__y', input: { a: 1 } }).text, '{\n  "a": 1\n}');
  assert.match(describeCall({ tool: 'write' }).text, /too long/);
});

test('what is edited becomes the input, the rest of which stays', () => {
  const command = { input: { command: 'git push -f', timeoutSeconds: 9 } };
  assert.deepEqual(readEdited(command, 'git push'), { input: { command: 'git push', timeoutSeconds: 9 } });
  assert.equal(readEdited(command, 'git push -f'), undefined);
  assert.deepEqual(readEdited({ input: { path: 'a' } }, 'b'), { input: { path: 'b' } });
  assert.deepEqual(readEdited({ input: { a: 1 } }, '{"a":2}'), { input: { a: 2 } });
  for (const wrong of ['[1]', '7', 'x'])
    assert.deepEqual(readEdited({ input: { a: 1 } }, wrong), { problem: 'This is no JSON object.' });
  assert.deepEqual(readEdited(command, ' '), { problem: 'It is empty.' });
});

test('an input that isn’t edited is none, whatever it is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (input) => {
      assert.equal(readEdited({ input }, describeCall({ input }).text), undefined);
    }),
  );
});
