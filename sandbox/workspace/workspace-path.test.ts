// No path leads out of the workspace, however it is written.
import assert from 'node:assert/strict';
import path from 'node:path/posix';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import { workspace } from '../sandbox.ts';
import { resolveInWorkspace } from './workspace-path.ts';

const part = fc.oneof(
  fc.constantFrom('..', '.', '', '/', '//', 'a', 'workspace', '..a', 'a..', '%2e%2e', '~', '\0', '\\', 'b/../..'),
  fc.string({ unit: 'binary' }),
);
const anyPath = fc.array(part, { maxLength: 12 }).map((parts) => parts.join('/'));
const anyFolder = fc.array(fc.constantFrom('a', 'b', 'c d'), { maxLength: 4 }).map((parts) => [workspace, ...parts]);

test('whatever path is given, the result is inside the workspace or a refusal', async () => {
  await fc.assert(
    fc.property(anyPath, anyFolder, (given, from) => {
      const outcome = resolveInWorkspace(given, from.join('/'));
      if (!outcome.ok) return assert.equal(outcome.failure.code, 'badPath');
      assert.ok(outcome.value === workspace || outcome.value.startsWith(`${workspace}/`));
      assert.equal(path.normalize(outcome.value), outcome.value);
      assert.ok(!outcome.value.split('/').includes('..') && !outcome.value.includes('\0'));
    }),
  );
});

test('a result given again is the same path: nothing is resolved twice', async () => {
  await fc.assert(
    fc.property(anyPath, (given) => {
      const once = resolveInWorkspace(given);
      if (once.ok && once.value.length <= limits.pathCharsMax) assert.deepEqual(resolveInWorkspace(once.value), once);
    }),
  );
});

test('relative paths are taken from where commands run, absolute ones are not', () => {
  assert.deepEqual(resolveInWorkspace('b.txt', '/workspace/a'), { ok: true, value: '/workspace/a/b.txt' });
  assert.deepEqual(resolveInWorkspace('../b.txt', '/workspace/a'), { ok: true, value: '/workspace/b.txt' });
  assert.deepEqual(resolveInWorkspace('/workspace/b.txt', '/workspace/a'), { ok: true, value: '/workspace/b.txt' });
  assert.deepEqual(resolveInWorkspace('.'), { ok: true, value: workspace });
});

test('what leaves the workspace is refused, also to a neighbour whose name begins the same', () => {
  for (const given of ['..', '/', '/etc/passwd', '../../etc/passwd', '/workspace/../etc', '/workspace2/a', 'a/../../b'])
    assert.equal(resolveInWorkspace(given).ok, false, given);
});

test('an empty path, one with NUL and one that is too long are refused', () => {
  assert.ok(resolveInWorkspace('x'.repeat(limits.pathCharsMax)).ok);
  for (const given of ['', 'a\0b', 'x'.repeat(limits.pathCharsMax + 1)])
    assert.equal(resolveInWorkspace(given).ok, false);
});
