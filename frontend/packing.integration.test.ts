// What a clone says that has no packages for development yet, when a package is made of it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..');

const isInstalled = (file: string) => /\/(node_modules|dist)$/.test(file);

test('whoever packs a client before `npm run setup` is told to run that first', async (t) => {
  const clone = await mkdtemp(path.join(tmpdir(), 'lucid-clone-'));
  t.after(() => rm(clone, { recursive: true, force: true }));
  for (const part of ['package.json', 'package-lock.json', 'engine/setup', 'frontend'])
    await cp(path.join(root, part), path.join(clone, part), { recursive: true, filter: (file) => !isInstalled(file) });
  for (const workspace of ['lucid-client', 'lucid-cli'])
    await assert.rejects(
      run('npm', ['pack', '--workspace', workspace], { cwd: clone }),
      ({ stderr }: { stderr: string }) => {
        assert.match(stderr, /lucid: the packages for development aren't there .*: run `npm run setup` once/);
        assert.doesNotMatch(stderr, /esbuild/);
        return true;
      },
    );
});
