// Links that commands made lead on this machine to the same files as they do for commands.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { resolveHostPath } from './host-path.ts';

let host: string;
before(async () => {
  host = await realpath(await mkdtemp('/tmp/lucid-links-'));
  await mkdir(path.join(host, 'real/deep'), { recursive: true });
  await writeFile(path.join(host, 'real/deep/file'), '');
  for (const [target, name] of [
    ['/workspace/real', 'absolute'],
    ['absolute/deep', 'twice'],
    ['../workspace/./real//deep', 'around'],
    ['/workspace', 'real/top'],
    ['/etc', 'out'],
    ['../..', 'up'],
    ['loop', 'loop'],
    ['/workspace/nowhere', 'dangling'],
  ] as const)
    await symlink(target, path.join(host, name));
});
after(() => rm(host, { recursive: true }));

const resolveBelow = async (below: string) =>
  (await resolveHostPath(`/workspace/${below}`, { host, inner: '/workspace' })).slice(host.length);

test('a link that leads inside of the workspace leads to the same file on this machine', async () => {
  for (const [below, expected] of [
    ['real/deep/file', '/real/deep/file'],
    ['absolute/deep/file', '/real/deep/file'],
    ['twice/file', '/real/deep/file'],
    ['around/file', '/real/deep/file'],
    ['real/top/real/top/twice', '/real/deep'],
    ['real/top', ''],
    ['dangling/x', '/nowhere/x'],
    ['missing/a/b', '/missing/a/b'],
    ['', ''],
  ] as const)
    assert.equal(await resolveBelow(below), expected, below);
});

test('a link that leads outside or in circles is not followed, so that opening it fails', async () => {
  for (const below of ['out/passwd', 'up/etc/passwd', 'loop', 'loop/x', `${'real/top/'.repeat(50)}real`])
    assert.equal(path.normalize(await resolveBelow(below)), path.normalize(`/${below}`), below);
});
