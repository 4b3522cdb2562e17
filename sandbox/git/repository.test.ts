// Preparing a repository when something is wrong before git has a say, or when git never comes to an end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { MemorySandbox } from '../memory/memory-sandbox.ts';
import { type RunOptions, type RunResult, type Sandbox, workspace } from '../sandbox.ts';
import type { GitGrant } from './git-proxy.ts';
import { cloneTimeoutMs, gitSetupTimeoutMs, prepareRepository, type RepositoryRequest } from './repository.ts';

const grant: GitGrant = {
  repoUrl: 'https://github.com/user/repo',
  url: 'http://172.18.0.1:40123/grant/github.com/user/repo',
  failure: undefined,
  revoke: () => undefined,
};
const request: RepositoryRequest = {
  grant,
  branch: null,
  userName: null,
  userEmail: null,
  signal: new AbortController().signal,
};
const done = (exitCode: number, output = ''): RunResult => ({ kind: 'exited', output, exitCode });

/** A sandbox whose commands end as told, one after the other. */
function scripted(...ends: Outcome<RunResult>[]) {
  const commands: { line: string; options: RunOptions }[] = [];
  const run = async (line: string, options: RunOptions) => {
    commands.push({ line, options });
    return ends[commands.length - 1] ?? succeeded(done(0));
  };
  return { commands, sandbox: { kind: 'docker', root: workspace, run } as unknown as Sandbox };
}

async function failureOf(sandbox: Sandbox, change: Partial<RepositoryRequest> = {}): Promise<string> {
  const prepared = await prepareRepository(sandbox, { ...request, ...change });
  return prepared.ok ? 'prepared' : `${prepared.failure.code}: ${prepared.failure.detail}`;
}

test('git is set up and the repository cloned, each within its own time', async () => {
  const { commands, sandbox } = scripted();
  const prepared = await prepareRepository(sandbox, request);
  assert.deepEqual(prepared, { ok: true, value: { path: '/workspace/repo', isNew: true, isEmpty: false } });
  const times = commands.map(({ options }) => options.timeoutMs);
  assert.deepEqual(times, [gitSetupTimeoutMs, cloneTimeoutMs]);
});

test('a repository that is there is left alone', async () => {
  const { sandbox } = scripted(succeeded(done(0)), succeeded(done(77)));
  const prepared = await prepareRepository(sandbox, request);
  assert.deepEqual(prepared, { ok: true, value: { path: '/workspace/repo', isNew: false, isEmpty: false } });
});

test('a branch that is no name is refused before anything runs', async () => {
  const { commands, sandbox } = scripted();
  for (const branch of ['--upload-pack=touch', 'x;touch /tmp/pwn', '', 'a..b'])
    assert.match(await failureOf(sandbox, { branch }), /^badBranch: /);
  assert.deepEqual(commands, []);
});

test('whatever is given, the shell gets it as one quoted word', async () => {
  const { commands, sandbox } = scripted();
  await prepareRepository(sandbox, { ...request, branch: "a';id>pwn;'", userName: "'; id #" });
  assert.ok(commands[0]?.line.includes(`name = "'\\''; id #"`));
  assert.ok(commands[1]?.line.includes(`--branch 'a'\\'';id>pwn;'\\''' -- 'https://github.com/user/repo'`));
});

test('a repository without the branch is asked for what it has, and cloned as it is where that is nothing', async () => {
  const lacking = succeeded(done(128, 'fatal: Remote branch main not found in upstream origin'));
  const empty = succeeded(done(0, 'warning: You appear to have cloned an empty repository.\n'));
  const steps = [succeeded(done(0)), lacking, succeeded(done(0))] as const;
  const nothing = scripted(...steps, succeeded(done(0)), empty);
  const prepared = await prepareRepository(nothing.sandbox, { ...request, branch: 'main' });
  assert.deepEqual(prepared, { ok: true, value: { path: '/workspace/repo', isNew: true, isEmpty: true } });
  const other = scripted(...steps, succeeded(done(1)));
  assert.match(await failureOf(other.sandbox, { branch: 'main' }), /^noSuchBranch: .* has no branch "main"\.$/);
  assert.equal(other.commands.length, 4);
  const broken = scripted(...steps, failed('sandboxFailed', 'Gone.'));
  assert.match(await failureOf(broken.sandbox, { branch: 'main' }), /^noSuchBranch: /);
});

test('a clone that takes too long is told so, and what it left is removed', async () => {
  const timedOut: RunResult = { kind: 'timedOut', output: '', limitMs: cloneTimeoutMs };
  const { commands, sandbox } = scripted(succeeded(done(0)), succeeded(timedOut));
  assert.match(await failureOf(sandbox), /^repositoryTooSlow: github\.com\/user\/repo was not cloned within 300 s\.$/);
  assert.match(commands[2]?.line ?? '', /^rm -rf '\/workspace'\/repo\.cloning$/);
});

test('what the git proxy refused is the reason of a clone that failed', async () => {
  const { failure } = failed('repositoryDenied', 'github.com does not accept it.');
  const { sandbox } = scripted(succeeded(done(0)), succeeded(done(128, 'fatal: 403')));
  assert.equal(
    await failureOf(sandbox, { grant: { ...grant, failure } }),
    'repositoryDenied: github.com does not accept it.',
  );
});

test('a sandbox that fails, a disk that is full, and a sandbox without git are told as such', async () => {
  const broken = failed('sandboxFailed', 'Docker does not answer.');
  assert.equal(await failureOf(scripted(broken).sandbox), 'sandboxFailed: Docker does not answer.');
  assert.equal(await failureOf(scripted(succeeded(done(0)), broken).sandbox), 'sandboxFailed: Docker does not answer.');
  const full = scripted(succeeded(done(1, 'printf: write error: No space left on device\n'))).sandbox;
  assert.match(await failureOf(full), /^repositoryFailed: Git could not be set up .* No space left on device\.$/);
  assert.match(await failureOf(new MemorySandbox()), /^repositoryFailed: .* no git\.$/);
});
