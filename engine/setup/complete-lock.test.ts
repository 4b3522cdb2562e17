// The entries that complete-lock adds to a lock file.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { completeLock } from './complete-lock.mjs';

const lockWith = (optionalDependencies: Record<string, string>) => ({
  packages: {
    '': { name: 'project' },
    'node_modules/tool': { version: '1.0.0', license: 'MIT', dev: true, optionalDependencies },
  } as Record<string, object>,
});

test('platform packages that the registry did not serve are added, for the platform in their name', () => {
  const lock = lockWith({ '@tool/linux-x64-musl': '1.0.0', '@tool/darwin-arm64-24': '1.0.0' });
  assert.deepEqual(completeLock(lock), ['@tool/linux-x64-musl', '@tool/darwin-arm64-24']);
  const base = { version: '1.0.0', license: 'MIT', dev: true, optional: true };
  assert.deepEqual(lock.packages['node_modules/@tool/linux-x64-musl'], {
    ...base,
    cpu: ['x64'],
    os: ['linux'],
    libc: ['musl'],
  });
  assert.deepEqual(lock.packages['node_modules/@tool/darwin-arm64-24'], {
    ...base,
    cpu: ['arm64'],
    os: ['darwin'],
    engines: { node: '>=24.0.0 <25.0.0' },
  });
});

test('a package that is there already stays as it is', () => {
  const lock = lockWith({ '@tool/linux-x64': '1.0.0' });
  lock.packages['node_modules/@tool/linux-x64'] = { version: '1.0.0', integrity: 'sha512-…' };
  assert.deepEqual(completeLock(lock), []);
  assert.deepEqual(lock.packages['node_modules/@tool/linux-x64'], { version: '1.0.0', integrity: 'sha512-…' });
});

test('a name without a platform and a range of versions are refused, not guessed', () => {
  assert.throws(() => completeLock(lockWith({ fsevents: '2.3.3' })), /fsevents doesn't say which platform/);
  assert.throws(() => completeLock(lockWith({ '@tool/linux-x64': '^1.0.0' })), /no exact version/);
});

test("the project's own lock file is complete and names no registry", () => {
  const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
  assert.deepEqual(completeLock(JSON.parse(text)), []);
  assert.doesNotMatch(text, /"resolved": "(?!bench"|frontend\/)/);
});
