// Git in a sandbox reads what was meant: who commits, and which URLs go through the proxy.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { type GitSettings, gitConfigOf } from './git-config.ts';

const folder = mkdtempSync('/tmp/lucid-git-config-');
after(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'gitconfig');

const settings: GitSettings = {
  repoUrl: 'https://github.com/user/repo',
  gitProxyUrl: 'http://172.18.0.1:40123/grant/github.com/user/repo',
  userName: 'John Doe',
  userEmail: 'john@example.com',
};

function git(change: Partial<GitSettings>, ...args: string[]): string {
  writeFileSync(file, gitConfigOf({ ...settings, ...change }));
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_GLOBAL: file, GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', args, { cwd: folder, env, encoding: 'utf8' }).trim();
}

const userOf = (change: Partial<GitSettings>) =>
  [git(change, 'config', 'user.name'), git(change, 'config', 'user.email')] as const;

test('commits are by whom the session is for, and by an agent when nobody was named', () => {
  assert.deepEqual(userOf({}), ['John Doe', 'john@example.com']);
  for (const nobody of [null, '', ' ', '...', '<>'])
    assert.deepEqual(userOf({ userName: nobody, userEmail: nobody }), ['Lucid Agent', 'agent@lucid.invalid']);
});

test('any name is read back as one line, and changes nothing else', async () => {
  const unit = fc.constantFrom(...'ab"\\\n\r\t\b\0#;[]=$`\'é😀 ', '\n[core]\n\tpager = touch pwn\n');
  await fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (name) => {
      const read = git({ userName: `x${name}` }, 'config', '-z', '--list').split('\0');
      const line = `x${name}`.replace(/\p{C}+/gu, ' ').trim();
      assert.ok(read.includes(`user.name\n${line}`), JSON.stringify(name));
      assert.ok(!read.some((entry) => entry.startsWith('core.')));
    }),
    { numRuns: 50 },
  );
});

test('the repository goes through the git proxy in each of its spellings', () => {
  for (const repoUrl of ['https://github.com/user/repo', 'https://github.com/user/repo.git'])
    for (const [asked, rest] of [
      ['https://github.com/user/repo', ''],
      ['https://github.com/user/repo/', '/'],
      ['https://github.com/user/repo.git', ''],
    ] as const)
      assert.equal(git({ repoUrl }, 'ls-remote', '--get-url', asked), settings.gitProxyUrl + rest);
});

test('other repositories keep their own address, those whose name begins alike too', () => {
  for (const name of [
    'repo-docs',
    'repo2',
    'repository',
    'repo.github.io',
    'repo.gitignore',
    'repo_x',
    'REPO',
    'other',
  ]) {
    const url = `https://github.com/user/${name}`;
    assert.equal(git({}, 'ls-remote', '--get-url', url), url);
  }
});

test('URLs with all that a path may hold are taken as they are', () => {
  const repoUrl = "https://example.org/it's;$(id)&/My%20Project/~a+b,c=d";
  assert.equal(git({ repoUrl }, 'ls-remote', '--get-url', repoUrl), settings.gitProxyUrl);
});

test("a transport that runs commands stays forbidden, whatever a repository's submodules name", () => {
  writeFileSync(file, gitConfigOf(settings));
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_GLOBAL: file };
  const { status, stderr } = spawnSync('git', ['ls-remote', `ext::sh -c touch% ${folder}/pwn`], {
    env,
    encoding: 'utf8',
  });
  assert.notEqual(status, 0);
  assert.match(stderr, /transport 'ext' not allowed/);
});
