// No path leads out of the workspace, in any spelling.
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

test('any path gives a path inside of the workspace, or is refused', async () => {
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

test('a path that was given back is accepted unchanged', async () => {
  await fc.assert(
    fc.property(anyPath, (given) => {
      const once = resolveInWorkspace(given);
      if (once.ok && once.value.length <= limits.pathCharsMax) assert.deepEqual(resolveInWorkspace(once.value), once);
    }),
  );
});

test('relative paths begin at the folder where commands run, absolute ones do not', () => {
  assert.deepEqual(resolveInWorkspace('b.txt', '/workspace/a'), { ok: true, value: '/workspace/a/b.txt' });
  assert.deepEqual(resolveInWorkspace('../b.txt', '/workspace/a'), { ok: true, value: '/workspace/b.txt' });
  assert.deepEqual(resolveInWorkspace('/workspace/b.txt', '/workspace/a'), { ok: true, value: '/workspace/b.txt' });
  assert.deepEqual(resolveInWorkspace('.'), { ok: true, value: workspace });
});

test('a path that leaves the workspace is refused, also to a folder whose name begins the same', () => {
  for (const given of ['..', '/', '/etc/passwd', '../../etc/passwd', '/workspace/../etc', '/workspace2/a', 'a/../../b'])
    assert.equal(resolveInWorkspace(given).ok, false, given);
});

test('an empty path, one with NUL and one that is too long are refused', () => {
  assert.ok(resolveInWorkspace('x'.repeat(limits.pathCharsMax)).ok);
  for (const given of ['', 'a\0b', 'x'.repeat(limits.pathCharsMax + 1)])
    assert.equal(resolveInWorkspace(given).ok, false);
});
