// A git server's answer passes as git's own, or becomes a failure that says what is wrong.
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

function describeVerdict(statusCode: number, change: Partial<AskedRepository> = {}, type = 'text/html'): string {
  const verdict = judgeAnswer({ statusCode, headers: { 'content-type': type } }, { ...asked, ...change });
  return verdict.ok ? 'passed' : `${verdict.failure.code}: ${verdict.failure.detail}`;
}

test("git's own answer passes, and no other answer with the same status", () => {
  assert.equal(describeVerdict(200, {}, 'application/x-git-upload-pack-advertisement'), 'passed');
  assert.match(describeVerdict(200), /^notARepository: What github\.com has at github\.com\/user\/repo is not/);
  assert.match(describeVerdict(304, {}, 'application/x-git-upload-pack-result'), /^notARepository/);
});

test('a refusal says whether the token, its rights or the repository is the reason', () => {
  assert.match(describeVerdict(401), /^repositoryDenied: github\.com does not accept the session's git token\.$/);
  assert.match(
    describeVerdict(401, { hasToken: false }),
    /^repositoryDenied: .* wants a git token .* the session has none\.$/,
  );
  assert.match(describeVerdict(403), /^repositoryDenied: .* does not let this session read /);
  assert.match(describeVerdict(403, { request: push }), /^repositoryDenied: .* does not let this session push to /);
  assert.match(describeVerdict(404), /^repositoryNotFound: github\.com has no repository github\.com\/user\/repo, or /);
  assert.match(describeVerdict(413), /^repositoryTooLarge/);
  for (const status of [429, 500, 502, 503])
    assert.match(describeVerdict(status), /^repositoryUnreachable: .* later\.$/);
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

test('a redirect to another host, port, scheme or kind of page is not followed', () => {
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

test("any redirect that is followed stays on the server's own origin", async () => {
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

test('only a status that names another place is a redirect', () => {
  assert.deepEqual(
    [200, 300, 301, 302, 303, 304, 307, 308].filter((statusCode) => isRedirect({ statusCode, headers: {} })),
    [301, 302, 303, 307, 308],
  );
});
