// Only headers that git needs pass, in both directions, and the token is added to a request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pickAnswerHeaders, pickRequestHeaders } from './git-headers.ts';

const decodeAuthorization = (token: string): string =>
  Buffer.from(String(pickRequestHeaders({}, token).authorization).replace('Basic ', ''), 'base64').toString();

test("a sandbox's own credentials, cookies and claims about hosts are left out", () => {
  const sent = {
    authorization: 'Basic b3duOm93bg==',
    'proxy-authorization': 'Basic b3duOm93bg==',
    cookie: 'session=1',
    host: 'evil.example.org',
    forwarded: 'for=1',
    'x-forwarded-host': 'evil.example.org',
    connection: 'upgrade',
    'transfer-encoding': 'chunked',
    'git-protocol': 'version=2',
    'content-type': 'application/x-git-upload-pack-request',
    'content-encoding': 'gzip',
    'user-agent': 'git/2.39.5',
  };
  const passing = {
    'git-protocol': 'version=2',
    'content-type': 'application/x-git-upload-pack-request',
    'content-encoding': 'gzip',
    'user-agent': 'git/2.39.5',
  };
  assert.deepEqual(pickRequestHeaders(sent, null), passing);
  assert.deepEqual(pickRequestHeaders(sent, 'ghp_x'), {
    ...passing,
    authorization: `Basic ${Buffer.from('x-access-token:ghp_x').toString('base64')}`,
  });
});

test('a token is sent with the user that GitHub wants, or with the user that it came with', () => {
  assert.equal(decodeAuthorization('ghp_x'), 'x-access-token:ghp_x');
  assert.equal(decodeAuthorization('oauth2:glpat-x'), 'oauth2:glpat-x');
  assert.equal(decodeAuthorization('alice:a:b'), 'alice:a:b');
  assert.deepEqual(pickRequestHeaders({}, 'alice:'), {}, 'a user alone has nothing to show');
  assert.equal(decodeAuthorization('é\r\nx-evil: 1'), 'é\r\nx-evil: 1');
});

test("a server's cookies, redirects and other headers don't reach the sandbox", () => {
  assert.deepEqual(
    pickAnswerHeaders({
      'content-type': 'application/x-git-upload-pack-result',
      'cache-control': 'no-cache',
      'content-length': '12',
      'set-cookie': ['session=1'],
      'www-authenticate': 'Basic realm="git"',
      location: 'https://evil.example.org',
      'x-request-id': '1',
      server: 'nginx',
    }),
    { 'content-type': 'application/x-git-upload-pack-result', 'cache-control': 'no-cache', 'content-length': '12' },
  );
});
