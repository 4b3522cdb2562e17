// What a git server answers becomes a pack, or a failure with a sentence that helps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type AskedRepository, findNewLocation, isRedirect, judgeAnswer } from './git-answer.ts';

const read = { method: 'GET', path: '/info/refs?service=git-upload-pack' } as const;
const push = { method: 'GET', path: '/info/refs?service=git-receive-pack' } as const;
const asked: AskedRepository = {
  host: 'github.com',
  repository: 'github.com/user/repo',
  hasToken: true,
  request: read,
};
const from = new URL('https://github.com/user/repo/info/refs?service=git-upload-pack');

function refusal(statusCode: number, more: Partial<AskedRepository> = {}, type = 'text/html'): string {
  const verdict = judgeAnswer({ statusCode, headers: { 'content-type': type } }, { ...asked, ...more });
  return verdict.ok ? 'passed' : `${verdict.failure.code}: ${verdict.failure.detail}`;
}

test('an answer of git passes, and no other answer with the same status', () => {
  assert.equal(refusal(200, {}, 'application/x-git-upload-pack-advertisement'), 'passed');
  assert.match(refusal(200), /^notARepository: What github\.com has at github\.com\/user\/repo is not/);
  assert.match(refusal(304, {}, 'application/x-git-upload-pack-result'), /^notARepository/);
});

test('refusals say whether it is the token, the right, or the repository that is wrong', () => {
  assert.match(refusal(401), /^repositoryDenied: github\.com does not accept the session's git token\.$/);
  assert.match(refusal(401, { hasToken: false }), /^repositoryDenied: .* wants a git token .* the session has none\.$/);
  assert.match(refusal(403), /^repositoryDenied: .* does not let this session read /);
  assert.match(refusal(403, { request: push }), /^repositoryDenied: .* does not let this session push to /);
  assert.match(refusal(404), /^repositoryNotFound: github\.com has no repository github\.com\/user\/repo, or /);
  assert.match(refusal(413), /^repositoryTooLarge/);
  for (const status of [429, 500, 502, 503]) assert.match(refusal(status), /^repositoryUnreachable: .* later\.$/);
});

test('a renamed repository is followed on its own server', () => {
  for (const location of [
    'https://github.com/new/name/info/refs?service=git-upload-pack',
    '/new/name/info/refs?service=git-upload-pack',
    '../../../new/name/info/refs?service=git-upload-pack',
  ]) {
    const moved = findNewLocation({ statusCode: 301, headers: { location } }, from, asked);
    assert.equal(moved.ok && moved.value.href, 'https://github.com/new/name', location);
  }
});

test('a token goes to no other host, port, scheme or kind of page', () => {
  for (const location of [
    'https://evil.example.org/user/repo/info/refs?service=git-upload-pack',
    'https://github.com.evil.example.org/user/repo/info/refs?service=git-upload-pack',
    'https://github.com@evil.example.org/user/repo/info/refs?service=git-upload-pack',
    'https://github.com:8443/user/repo/info/refs?service=git-upload-pack',
    'http://github.com/user/repo/info/refs?service=git-upload-pack',
    '//evil.example.org/user/repo/info/refs?service=git-upload-pack',
    'https://github.com/login?return_to=/user/repo/info/refs?service=git-upload-pack',
    'https://github.com/user/repo/info/refs?service=git-upload-pack&x',
    'https://github.com/user/repo/info/refs?service=git-receive-pack',
    'https://github.com/user/repo',
    'https://[bad',
    '',
  ])
    assert.equal(findNewLocation({ statusCode: 302, headers: { location } }, from, asked).ok, false, location);
  const post = { method: 'POST', path: '/git-receive-pack' } as const;
  assert.equal(
    findNewLocation({ statusCode: 307, headers: { location: '/new/git-receive-pack' } }, from, {
      ...asked,
      request: post,
    }).ok,
    false,
  );
});

test('a redirect is followed only on the server’s own origin', async () => {
  const unit = fc.constantFrom(
    '/',
    '//',
    '\\',
    '@',
    ':',
    '?',
    '#',
    '..',
    'evil.example.org',
    'https://',
    'github.com',
    '%2f',
  );
  await fc.assert(
    fc.property(fc.string({ unit, maxLength: 8 }), (start) => {
      const moved = findNewLocation({ statusCode: 302, headers: { location: start + read.path } }, from, asked);
      if (!moved.ok) return;
      assert.equal(moved.value.origin, from.origin);
      assert.equal(new URL(moved.value.href + read.path).origin, from.origin);
    }),
    { numRuns: 1_000 },
  );
});

test('only what names another place is a redirect', () => {
  assert.deepEqual(
    [200, 300, 301, 302, 303, 304, 307, 308].filter((statusCode) => isRedirect({ statusCode, headers: {} })),
    [301, 302, 303, 307, 308],
  );
});
