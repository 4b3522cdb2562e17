// Checks that an empty repository is cloned on the branch that was asked for, which the first push makes.
import assert from 'node:assert/strict';
import { unwrap } from '../conformance/tested-sandbox.ts';
import type { GitGrant } from '../git/git-proxy.ts';
import { prepareRepository } from '../git/repository.ts';
import type { Sandbox } from '../sandbox.ts';
import type { GitServer } from './git-server.ts';

/** @param name of a repository on the server without a push, which the grant is for */
export async function testFirstPush(
  sandbox: Sandbox,
  grant: GitGrant,
  { server, name, branch }: { server: GitServer; name: string; branch: string },
): Promise<void> {
  const { signal } = new AbortController();
  const outputOf = async (command: string) => unwrap(await sandbox.run(command, { timeoutMs: 20_000, signal })).output;
  const prepared = await prepareRepository(sandbox, { grant, branch, userName: null, userEmail: null, signal });
  assert.deepEqual(prepared, {
    ok: true,
    value: { path: '/workspace/repo', isNew: true, isEmpty: true, commit: null },
  });
  assert.equal(await outputOf('git branch --show-current && ls -A'), `${branch}\n.git\n`);
  await outputOf('echo first > first && git add . && git commit -qm First');
  assert.match(await outputOf('git push'), /new branch/);
  assert.equal(server.runGit(name, 'log', '--format=%s', branch), 'First\n');
  assert.match(await outputOf('git status'), /up to date with 'origin\//);
}
