// A session that can't begin is refused before anything runs, and its stored settings hold no secret.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../schema/error.ts';
import type { Policy } from '../../schema/policy.ts';
import { noSecrets, type SessionSecrets, type SessionSettings } from '../../schema/session.ts';
import { checkNewSession, type NewSessionInput } from './new-session.ts';

const settings: SessionSettings = {
  task: 'Fix it',
  provider: 'anthropic',
  projectId: null,
  repoUrl: null,
  branch: null,
  gitUserName: null,
  gitUserEmail: null,
  hasOwnKey: false,
  hasGitToken: false,
};

const checked = (
  more: Partial<SessionSettings>,
  secrets: SessionSecrets = noSecrets,
  policy?: Policy,
): Outcome<NewSessionInput> =>
  checkNewSession(
    { settings: { ...settings, ...more }, secrets },
    {
      allowedHosts: new Set(['git.lan:80']),
      keys: ['sk-of-the-engine'],
      mcp: { allowedHosts: new Set(['mcp.lan:80']), mayBePlain: false, takenNames: ['docs'] },
      policy,
    },
  );

const codeOf = (outcome: Outcome<NewSessionInput>) => (outcome.ok ? 'accepted' : outcome.failure.code);

test('a session without a repository is accepted unchanged', () => {
  assert.deepEqual(checked({}), { ok: true, value: { settings, secrets: noSecrets } });
});

test('repositories and branches that must never be cloned are refused', () => {
  for (const repoUrl of [
    'file:///etc/passwd',
    'ext::sh -c id',
    'ssh://git@github.com/user/repo',
    'git@github.com:user/repo',
    '--upload-pack=touch /tmp/pwn',
    'http://github.com/user/repo',
    'https://127.0.0.1/user/repo',
    'https://169.254.169.254/latest/meta-data',
    'https://[::ffff:10.0.0.1]/user/repo',
  ])
    assert.equal(codeOf(checked({ repoUrl })), 'badRepoUrl', repoUrl);
  for (const branch of ['x;touch /tmp/pwn', '--orphan', 'a..b'])
    assert.equal(codeOf(checked({ repoUrl: 'https://github.com/user/repo', branch })), 'badBranch', branch);
  assert.equal(codeOf(checked({ repoUrl: 'http://git.lan/user/repo', branch: 'fix/bug-123' })), 'accepted');
});

test('a user in the URL goes with the token, and is a token itself only where it looks like one', () => {
  const tokenOf = (repoUrl: string, gitToken: string | null) => {
    const outcome = checked({ repoUrl }, { apiKey: null, gitToken });
    assert.ok(outcome.ok);
    assert.equal(outcome.value.settings.repoUrl, 'https://host.example.org/r');
    return [outcome.value.secrets.gitToken, outcome.value.settings.hasGitToken];
  };
  assert.deepEqual(tokenOf('https://alice@host.example.org/r', null), ['alice:', false]);
  assert.deepEqual(tokenOf('https://alice@host.example.org/r', 'tok'), ['alice:tok', true]);
  assert.deepEqual(tokenOf('https://ghp_0123456789@host.example.org/r', null), ['ghp_0123456789', true]);
  assert.deepEqual(tokenOf('https://ghp_0123456789@host.example.org/r', 'tok'), ['tok', true]);
});

test('credentials in the URL become the token where none was given, and leave the URL', () => {
  const repoUrl = 'https://ada:canary-password@github.com/user/repo/';
  for (const [given, gitToken] of [
    [null, 'ada:canary-password'],
    ['ghp_other', 'ada:ghp_other'],
  ] as const) {
    const outcome = checked({ repoUrl }, { apiKey: null, gitToken: given });
    assert.ok(outcome.ok);
    assert.equal(outcome.value.settings.repoUrl, 'https://github.com/user/repo');
    assert.equal(outcome.value.settings.hasGitToken, true);
    assert.equal(outcome.value.secrets.gitToken, gitToken);
    assert.doesNotMatch(JSON.stringify(outcome.value.settings), /canary/);
  }
});

test('a secret in the task is masked before the task is stored', () => {
  const secrets = { apiKey: 'sk-ant-canary-1', gitToken: 'ghp_canary_2' };
  const outcome = checked({ task: 'Push with ghp_canary_2, not sk-ant-canary-1 nor sk-of-the-engine' }, secrets);
  assert.ok(outcome.ok);
  assert.equal(outcome.value.settings.task, 'Push with [secret], not [secret] nor [secret]');
});

test('who chooses no policy has the operator’s, and who chooses one has that', () => {
  const policyOf = (more: Partial<SessionSettings>) => {
    const outcome = checked(more, noSecrets, { mode: 'ask' });
    return outcome.ok ? outcome.value.settings.policy : undefined;
  };
  assert.deepEqual(policyOf({}), { mode: 'ask' });
  assert.deepEqual(policyOf({ policy: { mode: 'auto' } }), { mode: 'auto' });
});
