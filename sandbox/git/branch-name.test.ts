// A branch's name is accepted where git accepts it, also where a shell would run it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { checkBranch } from './branch-name.ts';

test('ordinary names are accepted, and so are names that a shell would run', () => {
  for (const name of ['main', 'fix/bug-123', 'v1.2', 'a;touch', '$(id)', "it's", '`id`', 'ünï/cödé', 'x@y', 'HEAD'])
    assert.deepEqual(checkBranch(name), { ok: true, value: name });
});

test('a name that git refuses, or could take for an option, is refused as badBranch', () => {
  for (const name of [
    '',
    ' ',
    '-b',
    '--upload-pack=x',
    'x;touch /tmp/pwn',
    'a b',
    'a..b',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a.',
    'a.lock',
    'a.lock/b',
    '@',
    'a@{1}',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a\nb',
    'a\0b',
    'a\x7f',
    'x'.repeat(256),
  ]) {
    const checked = checkBranch(name);
    assert.equal(checked.ok ? 'accepted' : checked.failure.code, 'badBranch', name);
  }
});

test('any name is accepted or refused as by git itself', async () => {
  const unit = fc.constantFrom(...'ab-/.@{~^:?*[\\ ;$\'"`\t', '.lock', '@{', '..', '\x7f', 'ü');
  await fc.assert(
    fc.property(fc.string({ unit, minLength: 1, maxLength: 6 }), (name) => {
      const { status } = spawnSync('git', ['check-ref-format', `refs/heads/${name}`]);
      assert.equal(checkBranch(name).ok, status === 0 && !name.startsWith('-') && name !== '@', JSON.stringify(name));
    }),
    { numRuns: 150 },
  );
});
