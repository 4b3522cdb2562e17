// Only git's four requests for the grant's repository pass the git proxy, compared character by character.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseRoute } from './git-route.ts';

const origin = 'http://172.18.0.1:40123';
const grantId = 'x'.repeat(21).concat('-');
const repositoryPath = '/github.com/user/repo';
const requests = [
  ['GET', '/info/refs?service=git-upload-pack'],
  ['GET', '/info/refs?service=git-receive-pack'],
  ['POST', '/git-upload-pack'],
  ['POST', '/git-receive-pack'],
] as const;

test("git's four requests pass, with and without .git, in origin form and as proxies send them", () => {
  for (const [method, path] of requests)
    for (const before of ['', origin])
      for (const suffix of ['', '.git'])
        assert.deepEqual(parseRoute(method, `${before}/${grantId}${repositoryPath}${suffix}${path}`, origin), {
          grantId,
          repositoryPath,
          request: { method, path },
        });
});

test('any other target is refused', () => {
  for (const target of [
    '',
    '/',
    '*',
    `/${grantId}`,
    `/${grantId}${repositoryPath}`,
    `/${grantId}${repositoryPath}/info/refs`,
    `/${grantId}${repositoryPath}/info/refs?service=git-upload-archive`,
    `/${grantId}${repositoryPath}/info/refs?service=git-upload-pack&x=1`,
    `/${grantId}${repositoryPath}/info/refs?x=1&service=git-upload-pack`,
    `/${grantId}${repositoryPath}/info/refs?service=git-upload-pack#`,
    `/${grantId}${repositoryPath}/info/refs%3fservice=git-upload-pack`,
    `/${grantId}${repositoryPath}/info/lfs/objects/batch`,
    `/${grantId}${repositoryPath}/HEAD`,
    `/${grantId}${repositoryPath}/objects/info/packs`,
    `/${grantId}${repositoryPath}/git-upload-pack/`,
    `/${grantId}${repositoryPath}?/info/refs?service=git-upload-pack`,
    `/${grantId}/info/refs?service=git-upload-pack`,
    `/${grantId.slice(1)}${repositoryPath}/info/refs?service=git-upload-pack`,
    `/x${grantId}${repositoryPath}/info/refs?service=git-upload-pack`,
    `//${grantId}${repositoryPath}/info/refs?service=git-upload-pack`,
    `http://github.com/${grantId}${repositoryPath}/info/refs?service=git-upload-pack`,
    `http://172.18.0.1:401234/${grantId}${repositoryPath}/info/refs?service=git-upload-pack`,
    `${origin}@evil.example.org/${grantId}${repositoryPath}/info/refs?service=git-upload-pack`,
    `${origin}${origin}/${grantId}${repositoryPath}/info/refs?service=git-upload-pack`,
    'http://169.254.169.254/latest/meta-data',
  ])
    assert.equal(parseRoute('GET', target, origin), undefined, target);
});

test('each request passes only by its own method', () => {
  for (const [right, path] of requests)
    for (const method of ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'get'])
      assert.equal(
        parseRoute(method, `/${grantId}${repositoryPath}${path}`, origin) !== undefined,
        method === right,
        method,
      );
});

test("a repository's path passes only in its own spelling", async () => {
  const unit = fc.constantFrom(
    '..',
    '.',
    '/',
    '//',
    '%2e',
    '%2f',
    '\\',
    '\0',
    '.git',
    'user',
    'repo',
    'github.com',
    '\n',
    '@',
  );
  await fc.assert(
    fc.property(fc.array(unit, { maxLength: 8 }), fc.constantFrom(...requests), (parts, [method, path]) => {
      const given = `/${parts.join('')}`;
      const route = parseRoute(method, `/${grantId}${given}${path}`, origin);
      if (route) assert.ok(given === route.repositoryPath || given === `${route.repositoryPath}.git`, given);
    }),
  );
});
