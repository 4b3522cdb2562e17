// A repository is prepared, or the failure says why, where a command of its sandbox fails or takes too long.
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
const makeExit = (exitCode: number, output = ''): RunResult => ({ kind: 'exited', output, exitCode });

/** Makes a sandbox whose commands end as given, one after the other. */
function makeScriptedSandbox(...ends: Outcome<RunResult>[]) {
  const commands: { line: string; options: RunOptions }[] = [];
  const run = async (line: string, options: RunOptions) => {
    commands.push({ line, options });
    return ends[commands.length - 1] ?? succeeded(makeExit(0));
  };
  return { commands, sandbox: { kind: 'docker', root: workspace, run } as unknown as Sandbox };
}

async function describeFailure(sandbox: Sandbox, change: Partial<RepositoryRequest> = {}): Promise<string> {
  const prepared = await prepareRepository(sandbox, { ...request, ...change });
  return prepared.ok ? 'prepared' : `${prepared.failure.code}: ${prepared.failure.detail}`;
}

test('git is set up and the repository cloned, each within its own time limit', async () => {
  const { commands, sandbox } = makeScriptedSandbox();
  const prepared = await prepareRepository(sandbox, request);
  assert.deepEqual(prepared, {
    ok: true,
    value: { path: '/workspace/repo', isNew: true, isEmpty: false, commit: null },
  });
  const times = commands.map(({ options }) => options.timeoutMs);
  assert.deepEqual(times, [gitSetupTimeoutMs, cloneTimeoutMs, gitSetupTimeoutMs], 'the last one goes into it');
});

test('a repository that is there is not cloned again', async () => {
  const { sandbox } = makeScriptedSandbox(succeeded(makeExit(0)), succeeded(makeExit(77)));
  const prepared = await prepareRepository(sandbox, request);
  assert.deepEqual(prepared, {
    ok: true,
    value: { path: '/workspace/repo', isNew: false, isEmpty: false, commit: null },
  });
});

test('a bad branch name is refused before any command runs', async () => {
  const { commands, sandbox } = makeScriptedSandbox();
  for (const branch of ['--upload-pack=touch', 'x;touch /tmp/pwn', '', 'a..b'])
    assert.match(await describeFailure(sandbox, { branch }), /^badBranch: /);
  assert.deepEqual(commands, []);
});

test("a branch or a user's name reaches the shell as one quoted word", async () => {
  const { commands, sandbox } = makeScriptedSandbox();
  await prepareRepository(sandbox, { ...request, branch: "a';id>pwn;'", userName: "'; id #" });
  assert.ok(commands[0]?.line.includes(`name = "'\\''; id #"`));
  assert.ok(commands[1]?.line.includes(`--branch 'a'\\'';id>pwn;'\\''' -- 'https://github.com/user/repo'`));
});

test('a repository without the branch is cloned where it is empty, and refused otherwise', async () => {
  const lacking = succeeded(makeExit(128, 'fatal: Remote branch main not found in upstream origin'));
  const empty = succeeded(makeExit(0, 'warning: You appear to have cloned an empty repository.\n'));
  const steps = [succeeded(makeExit(0)), lacking, succeeded(makeExit(0))] as const;
  const nothing = makeScriptedSandbox(...steps, succeeded(makeExit(0)), empty);
  const prepared = await prepareRepository(nothing.sandbox, { ...request, branch: 'main' });
  assert.deepEqual(prepared, {
    ok: true,
    value: { path: '/workspace/repo', isNew: true, isEmpty: true, commit: null },
  });
  const other = makeScriptedSandbox(...steps, succeeded(makeExit(1)));
  assert.match(await describeFailure(other.sandbox, { branch: 'main' }), /^noSuchBranch: .* has no branch "main"\.$/);
  assert.equal(other.commands.length, 4);
  const broken = makeScriptedSandbox(...steps, failed('sandboxFailed', 'Gone.'));
  assert.match(await describeFailure(broken.sandbox, { branch: 'main' }), /^noSuchBranch: /);
});

test('a clone that takes too long fails with the reason, and what it left is removed', async () => {
  const timedOut: RunResult = { kind: 'timedOut', output: '', limitMs: cloneTimeoutMs };
  const { commands, sandbox } = makeScriptedSandbox(succeeded(makeExit(0)), succeeded(timedOut));
  assert.match(
    await describeFailure(sandbox),
    /^repositoryTooSlow: github\.com\/user\/repo was not cloned within 300 s\.$/,
  );
  assert.match(commands[2]?.line ?? '', /^rm -rf '\/workspace'\/repo\.cloning$/);
});

test("a failed clone has the git proxy's refusal as its reason", async () => {
  const { failure } = failed('repositoryDenied', 'github.com does not accept it.');
  const { sandbox } = makeScriptedSandbox(succeeded(makeExit(0)), succeeded(makeExit(128, 'fatal: 403')));
  assert.equal(
    await describeFailure(sandbox, { grant: { ...grant, failure } }),
    'repositoryDenied: github.com does not accept it.',
  );
});

test('a failing sandbox, a full disk and a sandbox without git are failures that say so', async () => {
  const broken = failed('sandboxFailed', 'Docker does not answer.');
  assert.equal(await describeFailure(makeScriptedSandbox(broken).sandbox), 'sandboxFailed: Docker does not answer.');
  assert.equal(
    await describeFailure(makeScriptedSandbox(succeeded(makeExit(0)), broken).sandbox),
    'sandboxFailed: Docker does not answer.',
  );
  const full = makeScriptedSandbox(succeeded(makeExit(1, 'printf: write error: No space left on device\n'))).sandbox;
  assert.match(await describeFailure(full), /^repositoryFailed: Git could not be set up .* No space left on device\.$/);
  assert.match(await describeFailure(new MemorySandbox()), /^repositoryFailed: .* no git\.$/);
});
