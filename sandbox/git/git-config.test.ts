// Git in a sandbox reads from its configuration who commits and which URLs lead to the git proxy.
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

function runGit(change: Partial<GitSettings>, ...args: string[]): string {
  writeFileSync(file, gitConfigOf({ ...settings, ...change }));
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_GLOBAL: file, GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', args, { cwd: folder, env, encoding: 'utf8' }).trim();
}

const readUser = (change: Partial<GitSettings>) =>
  [runGit(change, 'config', 'user.name'), runGit(change, 'config', 'user.email')] as const;

test("commits name the session's user, or an agent where no user was named", () => {
  assert.deepEqual(readUser({}), ['John Doe', 'john@example.com']);
  for (const nobody of [null, '', ' ', '...', '<>'])
    assert.deepEqual(readUser({ userName: nobody, userEmail: nobody }), ['Lucid Agent', 'agent@lucid.invalid']);
});

test("any user's name is read back as one line, and changes no other setting", async () => {
  const unit = fc.constantFrom(...'ab"\\\n\r\t\b\0#;[]=$`\'é😀 ', '\n[core]\n\tpager = touch pwn\n');
  await fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (name) => {
      const read = runGit({ userName: `x${name}` }, 'config', '-z', '--list').split('\0');
      const line = `x${name}`.replace(/\p{C}+/gu, ' ').trim();
      assert.ok(read.includes(`user.name\n${line}`), JSON.stringify(name));
      assert.ok(!read.some((entry) => entry.startsWith('core.')));
    }),
    { numRuns: 50 },
  );
});

test("each spelling of the repository's URL leads to the git proxy", () => {
  for (const repoUrl of ['https://github.com/user/repo', 'https://github.com/user/repo.git'])
    for (const [asked, rest] of [
      ['https://github.com/user/repo', ''],
      ['https://github.com/user/repo/', '/'],
      ['https://github.com/user/repo.git', ''],
    ] as const)
      assert.equal(runGit({ repoUrl }, 'ls-remote', '--get-url', asked), settings.gitProxyUrl + rest);
});

test('other repositories keep their own URL, also those whose name begins alike', () => {
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
    assert.equal(runGit({}, 'ls-remote', '--get-url', url), url);
  }
});

test('a URL with any characters that a path may hold leads to the git proxy', () => {
  const repoUrl = "https://example.org/it's;$(id)&/My%20Project/~a+b,c=d";
  assert.equal(runGit({ repoUrl }, 'ls-remote', '--get-url', repoUrl), settings.gitProxyUrl);
});

test('git refuses a transport that runs commands', () => {
  writeFileSync(file, gitConfigOf(settings));
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_GLOBAL: file };
  const { status, stderr } = spawnSync('git', ['ls-remote', `ext::sh -c touch% ${folder}/pwn`], {
    env,
    encoding: 'utf8',
  });
  assert.notEqual(status, 0);
  assert.match(stderr, /transport 'ext' not allowed/);
});
