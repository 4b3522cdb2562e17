// A commit that is measured beside this one is checked out while it is needed, and removed afterwards.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { findCommit } from './checkout.ts';

const repository = mkdtempSync(path.join(tmpdir(), 'lucid-checkout-'));
after(() => rmSync(repository, { recursive: true }));

const runGit = (...parameters: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...parameters], {
    cwd: repository,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

runGit('init', '--quiet');
for (const content of ['first', 'second']) {
  writeFileSync(path.join(repository, 'file'), content);
  runGit('add', 'file');
  runGit('commit', '--quiet', '--message', content);
}

test('a commit is found by any of its names, and nothing by another text', () => {
  const first = findCommit('HEAD~1', repository);
  assert.equal(first, runGit('rev-parse', '--short', 'HEAD~1'));
  assert.equal(findCommit(runGit('rev-parse', 'HEAD~1'), repository), first);
  for (const name of ['no-such-commit', '--all', 'HEAD:file']) assert.equal(findCommit(name, repository), undefined);
});

test('a commit is checked out as it was, and removed when the process that asked for it ends', () => {
  const script = `
    import { readFileSync } from 'node:fs';
    import { checkOut } from ${JSON.stringify(path.join(import.meta.dirname, 'checkout.ts'))};
    const folder = checkOut('HEAD~1', ${JSON.stringify(repository)});
    console.log(JSON.stringify([folder, readFileSync(folder + '/file', 'utf8')]));`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const [folder, content] = JSON.parse(said) as [string, string];
  assert.equal(content, 'first');
  assert.equal(path.dirname(path.dirname(folder)), tmpdir());
  assert.throws(() => execFileSync('ls', [path.dirname(folder)], { stdio: 'ignore' }));
  assert.deepEqual(runGit('worktree', 'list').split('\n').length, 1);
});
