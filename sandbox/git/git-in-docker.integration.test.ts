// Git in real containers: a session clones, commits and pushes, and its token is nowhere in the container.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Sandbox } from '../sandbox.ts';
import { docker, dockerHooks, dockerTest, readOutputOf, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { testFirstPush } from '../testing/first-push.ts';
import { GitServer } from '../testing/git-server.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { refsPath, token } from '../testing/test-git-proxy.ts';
import { type GitGrant, GitProxy } from './git-proxy.ts';
import { makeDockerAddressFinder } from './listen-address-docker.ts';
import { prepareRepository, type Repository, type RepositoryRequest } from './repository.ts';

const sandboxes = new TestSandboxes();
const bugs: unknown[] = [];
let server: GitServer;
let proxy: GitProxy;
let sandbox: Sandbox;

dockerHooks.before(async () => {
  server = await GitServer.start({ token });
  server.addRepository('user/app');
  const findListenAddress = makeDockerAddressFinder(sandboxes.settings, docker);
  proxy = new GitProxy({
    findListenAddress,
    allowed: new Set([server.host]),
    onBug: (error) => bugs.push(error),
  });
});
dockerHooks.beforeEach(async () => {
  server.reset();
  sandbox = await sandboxes.open('git');
});
dockerHooks.afterEach(() => sandbox?.close());
dockerHooks.after(async () => {
  await proxy?.close();
  await server?.close();
  assert.deepEqual([await sandboxes.close(), bugs], [[], []]);
});

async function obtainGrant(name = 'user/app', given: string | null = token): Promise<GitGrant> {
  const grant = await proxy.grant({ repoUrl: server.urlOf(name), token: given });
  assert.ok(grant.ok, grant.ok ? '' : grant.failure.detail);
  return grant.value;
}

function tryPrepare(grant: GitGrant, more: Partial<RepositoryRequest> = {}) {
  const { signal } = new AbortController();
  return prepareRepository(sandbox, { grant, branch: null, userName: null, userEmail: null, signal, ...more });
}

async function prepareClone(grant: GitGrant, more: Partial<RepositoryRequest> = {}): Promise<Repository> {
  const repository = await tryPrepare(grant, more);
  assert.ok(repository.ok, repository.ok ? '' : repository.failure.detail);
  return repository.value;
}

async function describeFailure(grant: GitGrant, more: Partial<RepositoryRequest> = {}): Promise<string> {
  const repository = await tryPrepare(grant, more);
  assert.equal(await readOutputOf(sandbox, 'ls -A /workspace'), '', 'nothing is left of it');
  return repository.ok ? 'prepared' : `${repository.failure.code}: ${repository.failure.detail}`;
}

/** The token itself, and as HTTP's Basic scheme writes it. */
const secrets = [token, Buffer.from(`x-access-token:${token}`).toString('base64')];

/** Searches all that a session can read, and what Docker tells about its container. */
async function findSecrets(): Promise<string[]> {
  const output = await readOutputOf(
    sandbox,
    `{ env; declare -p; git config --list; git -C /workspace/repo config --list; cat /proc/*/environ /proc/*/cmdline; } 2>/dev/null |
      tr '\\0' '\\n'; find /workspace ~ /tmp /run/lucid -type f -exec cat {} + 2>/dev/null | tr -d '\\0'`,
  );
  const inspected = JSON.stringify(await sandboxes.container('git').inspect());
  return secrets.filter((secret) => output.includes(secret) || inspected.includes(secret));
}

dockerTest('a session clones a repository, commits on a branch and pushes it', async () => {
  const grant = await obtainGrant();
  const repository = await prepareClone(grant, { userName: 'John "J" O\'Doe; $(id)', userEmail: 'john@example.com' });
  const cloned = server.runGit('user/app', 'rev-parse', 'HEAD').trim();
  assert.deepEqual(repository, { path: '/workspace/repo', isNew: true, isEmpty: false, commit: cloned });
  assert.equal(await readOutputOf(sandbox, 'cat README.md; ls -A ..'), 'This is user/app.\nrepo\n');
  await readOutputOf(sandbox, 'git checkout -b fix/bug-123 && echo fixed > fixed && git add .');
  assert.match(await readOutputOf(sandbox, 'git commit -m "Fix bug"'), /1 file changed/);
  assert.match(await readOutputOf(sandbox, 'git push origin fix/bug-123'), /new branch/);
  const commit = server.runGit('user/app', 'log', '-1', '--format=%an|%ae|%s', 'fix/bug-123');
  assert.equal(commit, 'John "J" O\'Doe; $(id)|john@example.com|Fix bug\n');
  assert.equal(await readOutputOf(sandbox, 'git config remote.origin.url'), `${server.urlOf('user/app')}\n`);
  assert.match(
    await readOutputOf(sandbox, `git ls-remote ${server.urlOf('user/app.git')}`),
    /refs\/heads\/fix\/bug-123/,
  );
  grant.revoke();
});

dockerTest('the token is nowhere in the container, not even while git talks to the server', async () => {
  const grant = await obtainGrant();
  await prepareClone(grant);
  assert.deepEqual(await findSecrets(), []);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  server.reset();
  server.answer = (request, response) => {
    server.answer = () => false;
    return Boolean(held.then(() => server.serve(request, response)));
  };
  await readOutputOf(sandbox, 'git fetch >/dev/null 2>&1 &');
  while (server.requests.length === 0) await setTimeout(10);
  assert.deepEqual(await findSecrets(), [], 'while a fetch waits for its answer');
  release();
  assert.match(await readOutputOf(sandbox, 'wait; git -C /workspace/repo fetch && echo fetched'), /^fetched$/m);
  await readOutputOf(sandbox, `export CANARY=${secrets[1]}`);
  assert.deepEqual(await findSecrets(), [secrets[1]], 'it would have been found');
  grant.revoke();
});

dockerTest('a session reaches its own repository only, and none once its grant is revoked', async () => {
  server.addRepository('user/secret');
  const grant = await obtainGrant();
  await prepareClone(grant);
  const statusOf = (url: string) =>
    readOutputOf(sandbox, `curl -sg --path-as-is -o /dev/null -w '%{http_code}' '${url}'`);
  assert.equal(await statusOf(`${grant.url}${refsPath}`), '200');
  for (const url of [
    `${grant.url.replace('user/app', 'user/secret')}${refsPath}`,
    `${grant.url}/../secret${refsPath}`,
    `${grant.url}/%2e%2e/secret${refsPath}`,
    `${new URL(grant.url).origin}/`,
  ])
    assert.equal(await statusOf(url), '403', url);
  grant.revoke();
  assert.match(
    await readOutputOf(sandbox, 'git -C /workspace/repo fetch || true'),
    /remote: Only git passes here.*403/s,
  );
});

dockerTest('a container of another network can not connect to the git proxy', async () => {
  const grant = await obtainGrant();
  const { origin } = new URL(grant.url);
  const command = ['curl', '-s', '-m', '5', '-w', '%{http_code}', origin];
  const HostConfig = { NetworkMode: 'bridge' };
  const otherContainer = await docker.createContainer({ Image: sandboxes.settings.image, Cmd: command, HostConfig });
  await otherContainer.start();
  const { StatusCode } = await otherContainer.wait();
  const output = (await otherContainer.logs({ stdout: true, stderr: true })).toString('latin1');
  await otherContainer.remove({ force: true });
  assert.notEqual(StatusCode, 0);
  assert.match(output, /000/);
  assert.equal(await readOutputOf(sandbox, `curl -s -o /dev/null -w '%{http_code}' ${origin}`), '403', 'it is there');
  grant.revoke();
});

dockerTest('a session that comes back finds its repository and its git settings, under a fresh grant', async () => {
  const first = await obtainGrant();
  await prepareClone(first);
  await readOutputOf(sandbox, 'echo kept > kept && git config --global alias.st status');
  first.revoke();
  await sandbox.release();
  const opened = await sandboxes.source.open(requestOf('git', { mayExist: true }));
  assert.ok(opened.ok);
  sandbox = opened.value.sandbox;
  const second = await obtainGrant();
  assert.notEqual(second.url, first.url);
  assert.deepEqual(await prepareClone(second), { path: '/workspace/repo', isNew: false, isEmpty: false, commit: null });
  assert.match(await readOutputOf(sandbox, 'cd /workspace/repo && git st --short'), /\?\? kept/);
  await readOutputOf(sandbox, 'git add . && git commit -qm Kept');
  assert.match(await readOutputOf(sandbox, 'git push origin HEAD:kept'), /new branch/);
  assert.equal(await readOutputOf(sandbox, 'grep -c lucid ~/.gitconfig'), '1\n');
  second.revoke();
});

dockerTest('an empty repository is cloned on the branch that was asked for, which the first push makes', async () => {
  for (const branch of ['main', 'not/main']) {
    const name = `user/empty-${branch.replace('/', '-')}`;
    server.addEmptyRepository(name);
    const grant = await obtainGrant(name);
    await testFirstPush(sandbox, grant, { server, name, branch });
    assert.match(await readOutputOf(sandbox, 'cd .. && rm -rf repo && ls -A'), /^$/);
    assert.match(await describeFailure(grant, { branch: 'nope' }), /^noSuchBranch: /, 'it is empty no more');
    grant.revoke();
  }
});

dockerTest('a clone that fails says why', async () => {
  const wrong = await obtainGrant('user/app', 'ghp_wrong');
  assert.match(await describeFailure(wrong), /^repositoryDenied: .* does not accept the session's git token\.$/);
  const missing = await obtainGrant('user/missing');
  assert.match(await describeFailure(missing), /^repositoryNotFound: .* has no repository .*user\/missing/);
  const app = await obtainGrant();
  assert.match(await describeFailure(app, { branch: 'nope' }), /^noSuchBranch: .*user\/app has no branch "nope"\.$/);
  server.answer = (_, response) => Boolean(response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'));
  assert.match(await describeFailure(app), /^notARepository: /);
  server.answer = (request) => Boolean(request.socket.destroy());
  assert.match(await describeFailure(app), /^repositoryUnreachable: .* it broke the connection\.$/);
});

dockerTest('a repository too large for the workspace is refused, and leaves the workspace empty', async () => {
  server.addRepository('user/huge', { a: randomBytes(60 * 1024 * 1024) });
  assert.match(await describeFailure(await obtainGrant('user/huge')), /^repositoryTooLarge: .*user\/huge does not fit/);
});

dockerTest('a branch name that a shell would run is only a name, and a hostile repository runs nothing', async () => {
  const files = {
    '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% /tmp/pwn\n\tupdate = !touch /tmp/pwn\n',
    '.gitattributes': '* filter=x diff=x merge=x\n',
    '.gitconfig': '[core]\n\tfsmonitor = touch /tmp/pwn\n',
    '--upload-pack=touch pwn': 'x',
  };
  server.addRepository('user/hostile', files);
  server.runGit('user/hostile', 'branch', "a';id>/tmp/pwn;'", 'main');
  await prepareClone(await obtainGrant('user/hostile'), { branch: "a';id>/tmp/pwn;'" });
  const output = await readOutputOf(
    sandbox,
    'git -C /workspace/repo branch --show-current; git -C /workspace/repo status --short; ls /tmp',
  );
  assert.equal(output, "a';id>/tmp/pwn;'\n");
});
