// Git's credentials: users and tokens are told apart in URLs, and joined.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { basicCredentialsOf, credentialsOf, hasToken, joinToken, listSecrets } from './git-credentials.ts';

test('a name without a password in a URL is a user, unless it looks like a token', () => {
  for (const user of [
    'alice',
    'alice@example.com',
    'org-name',
    'ghp',
    'glass-half-full-of-water-says-alice',
    'a'.repeat(39),
  ])
    assert.equal(credentialsOf(user, ''), `${user}:`);
  for (const token of [
    'ghp_0123456789abcdef',
    'gho_0123456789abcdef',
    'github_pat_11ABC_0123456789',
    'glpat-x0123456789_-',
    'gldt-0123456789',
    'glcbt-64_0123456789',
    'ATCTT3xFfGN0123=ABC',
    'ATBBabcdefgh0123',
    'c0ffee'.repeat(7),
    'a2bc'.repeat(13),
  ])
    assert.equal(credentialsOf(token, ''), token);
  assert.equal(credentialsOf('', ''), null);
});

test('a token that is given apart goes with the user of the URL, and replaces a token there', () => {
  for (const [given, known, expected] of [
    ['tok', 'alice:', 'alice:tok'],
    ['tok', 'alice:old', 'alice:tok'],
    ['bob:tok', 'alice:old', 'bob:tok'],
    ['tok', 'ghp_0123456789', 'tok'],
    ['tok', null, 'tok'],
    [null, 'alice:old', 'alice:old'],
    ['', 'alice:', 'alice:'],
    [null, null, null],
  ] as const)
    assert.equal(joinToken(given, known), expected);
});

test('no credentials are sent for a user without a token, and a token alone gets a default user', () => {
  for (const [credentials, basic] of [
    ['alice:', null],
    [null, null],
    ['ghp_x', 'x-access-token:ghp_x'],
    [':ghp_x', 'x-access-token:ghp_x'],
    ['oauth2:glpat-x', 'oauth2:glpat-x'],
    ['alice:a:b', 'alice:a:b'],
  ] as const) {
    assert.equal(basicCredentialsOf(credentials), basic);
    assert.equal(hasToken(credentials), basic !== null);
  }
});

test('the secrets in credentials are listed, also a token in place of the user, but no user', () => {
  assert.deepEqual(listSecrets('alice:'), []);
  assert.deepEqual(listSecrets('alice:tok'), ['alice:tok', 'tok']);
  assert.deepEqual(listSecrets('ghp_0123456789:x-oauth-basic').at(-1), 'ghp_0123456789');
  assert.deepEqual(listSecrets(null), []);
  void fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (password, text) => {
      const user = text.replaceAll(':', '');
      const credentials = credentialsOf(user, password);
      assert.ok(listSecrets(credentials).includes(password));
      assert.equal(basicCredentialsOf(credentials), `${user || 'x-access-token'}:${password}`);
    }),
  );
});
