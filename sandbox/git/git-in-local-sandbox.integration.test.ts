// Git in local sandboxes: through the proxy of confined commands, or on loopback where nothing is confined.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { unwrap } from '../conformance/tested-sandbox.ts';
import { openConfinement, unconfined } from '../local/confinement.ts';
import { LocalSource } from '../local/local-source.ts';
import type { Sandbox } from '../sandbox.ts';
import { canConfine } from '../testing/confinement-here.ts';
import { testFirstPush } from '../testing/first-push.ts';
import { GitServer } from '../testing/git-server.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { refsPath, token } from '../testing/test-git-proxy.ts';
import { type GitGrant, GitProxy, type GrantsGit } from './git-proxy.ts';
import { makeLoopbackAddress } from './listen-address.ts';
import { type OpenGitProxy, openGitProxy } from './open-git-proxy.ts';
import { prepareRepository } from './repository.ts';

const isConfined = await canConfine('git in confined commands');

const bugs: unknown[] = [];
let server: GitServer;
let base: string;

before(async () => {
  server = await GitServer.start({ token });
  server.addRepository('user/app');
  base = await realpath(await mkdtemp('/tmp/lucid-git-local-'));
});
after(async () => {
  await server?.close();
  await rm(base, { recursive: true, force: true });
  assert.deepEqual(bugs, []);
});

async function openSandbox(source: LocalSource): Promise<Sandbox> {
  const request = requestOf('s');
  return unwrap(await source.open(request)).sandbox;
}

async function obtainGrant(proxy: GrantsGit, name = 'user/app'): Promise<GitGrant> {
  return unwrap(await proxy.grant({ repoUrl: server.urlOf(name), token }));
}

async function readOutputOf(sandbox: Sandbox, command: string): Promise<string> {
  const running = sandbox.run(command, { timeoutMs: 20_000, signal: new AbortController().signal });
  return unwrap(await running).output;
}

/** Clones, commits and pushes as a session does. */
async function testRepositoryWork(sandbox: Sandbox, grant: GitGrant, branch: string): Promise<void> {
  const request = { grant, branch: null, userName: 'Ada', userEmail: null, signal: new AbortController().signal };
  const first = await prepareRepository(sandbox, request);
  const commit = server.runGit('user/app', 'rev-parse', 'HEAD').trim();
  assert.deepEqual(first, { ok: true, value: { path: '/workspace/repo', isNew: true, isEmpty: false, commit } });
  const again = await prepareRepository(sandbox, request);
  assert.deepEqual(again, { ok: true, value: { path: '/workspace/repo', isNew: false, isEmpty: false, commit: null } });
  const read = await sandbox.read('/workspace/repo/README.md');
  assert.deepEqual(read, { ok: true, value: { content: 'This is user/app.\n' } });
  await readOutputOf(sandbox, `git checkout -b ${branch} && echo ${branch} > new && git add .`);
  assert.match(await readOutputOf(sandbox, 'git commit -m Local && git config user.name'), /1 file changed[\s\S]*Ada/);
  assert.match(await readOutputOf(sandbox, `git push origin ${branch}`), /new branch/);
  assert.match(server.runGit('user/app', 'log', '-1', '--format=%an %s', branch), /^Ada Local\n$/);
  const shown = await readOutputOf(
    sandbox,
    'env; git config --list; cat ~/.gitconfig ~/.cache/lucid/gitconfig; cat .git/config',
  );
  assert.doesNotMatch(shown, new RegExp(token));
  grant.revoke();
  assert.match(await readOutputOf(sandbox, 'git fetch'), /remote: Only git passes here.*403/s);
}

test('unconfined commands reach the git proxy on loopback', async () => {
  const findListenAddress = async () => ({ ok: true, value: makeLoopbackAddress() }) as const;
  const proxy = new GitProxy({
    findListenAddress,
    allowed: new Set([server.host]),
    onBug: (error) => bugs.push(error),
  });
  const source = new LocalSource(path.join(base, 'unconfined'), Promise.resolve(unconfined));
  const sandbox = await openSandbox(source);
  const grant = await obtainGrant(proxy);
  assert.match(grant.url, /^http:\/\/127\.0\.0\.1:\d+\//);
  await testRepositoryWork(sandbox, grant, 'unconfined');
  server.addEmptyRepository('user/empty');
  await readOutputOf(sandbox, `cd '${sandbox.root}' && rm -rf repo`);
  const empty = { server, name: 'user/empty', branch: 'main' };
  await testFirstPush(sandbox, await obtainGrant(proxy, 'user/empty'), empty);
  await sandbox.close();
  await source.close();
  await proxy.close();
});

if (isConfined)
  test('confined commands reach the git proxy through the outbound proxy, and no port is open for it', async () => {
    const config = { kind: 'local', base, isConfined: true, openedHosts: [] } as const;
    const open: OpenGitProxy = openGitProxy(config, {
      allowed: new Set([server.host]),
      onBug: (error) => bugs.push(error),
    });
    const source = new LocalSource(base, openConfinement([base], { gitProxySocket: open.socketPath }));
    const sandbox = await openSandbox(source);
    const grant = await obtainGrant(open.proxy);
    assert.match(grant.url, /^http:\/\/git\.lucid\.internal\//);
    const statusOf = (url: string) =>
      readOutputOf(sandbox, `curl -sg --path-as-is -o /dev/null -w '%{http_code}' '${url}'`);
    assert.equal(await statusOf(`${grant.url}${refsPath}`), '200');
    for (const url of [
      `${grant.url.replace('user/app', 'user/other')}${refsPath}`,
      `${grant.url.replace('internal', 'internal:81')}${refsPath}`,
      `${grant.url}/../other${refsPath}`,
      'http://git.lucid.internal/',
    ])
      assert.equal(await statusOf(url), '403', url);
    assert.equal(await statusOf('https://git.lucid.internal/'), '000');
    await testRepositoryWork(sandbox, grant, 'confined');
    await sandbox.close();
    await source.close();
    await open.close();
    assert.equal(existsSync(path.dirname(open.socketPath ?? '')), false);
  });
