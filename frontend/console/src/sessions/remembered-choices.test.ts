// The browser keeps what one chose for a task, and nothing that is secret.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noChoices, readRemembered, removeCredentials, writeRemembered } from './remembered-choices.ts';

const nothing = { choices: noChoices, repositories: [] };

test('the choices of the last task are there again, and its repository first among the last ones', () => {
  const first = writeRemembered(nothing, { ...noChoices, repoUrl: 'https://github.com/ada/one', branch: 'main' });
  const second = writeRemembered(readRemembered(first), { ...noChoices, repoUrl: 'https://github.com/ada/two' });
  const { choices, repositories } = readRemembered(second);
  assert.deepEqual(choices, { ...noChoices, repoUrl: 'https://github.com/ada/two' });
  assert.deepEqual(repositories, ['https://github.com/ada/two', 'https://github.com/ada/one']);
});

test('a token in a repository’s URL is not kept, in whatever part of it', () => {
  const token = 'ghp_secret';
  for (const url of [
    `https://${token}@github.com/ada/one`,
    `https://ada:${token}@github.com/ada/one`,
    `https://github.com/ada/one?token=${token}`,
    `https://github.com/ada/one#${token}`,
    `ssh://${token}@github.com/ada/one`,
    token,
  ])
    assert.ok(!writeRemembered(nothing, { ...noChoices, repoUrl: url }).includes(token), url);
  assert.equal(removeCredentials(' https://ada:x@git.example.com:8443/a.git '), 'https://git.example.com:8443/a.git');
});

test('whatever the browser has under the name, choices come of it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.constant(null)), (stored) => {
      const { choices, repositories } = readRemembered(stored);
      assert.deepEqual(Object.keys(choices), Object.keys(noChoices));
      for (const text of [...Object.values(choices), ...repositories]) assert.equal(typeof text, 'string');
    }),
  );
});
