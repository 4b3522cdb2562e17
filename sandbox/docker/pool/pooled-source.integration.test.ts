// Sandboxes on a pool of two Docker daemons, the second of them over TLS: each session's is found where it is, and a daemon
// that dies takes no session with it.
import assert from 'node:assert/strict';
import { v7 as uuid } from 'uuid';
import type { DaemonConfig } from '../../../schema/thread.ts';
import { testSandboxContract } from '../../conformance/sandbox-contract.ts';
import { unwrap } from '../../conformance/tested-sandbox.ts';
import type { OpenedSandbox } from '../../sandbox-source.ts';
import {
  dockerDescribe,
  dockerHooks,
  readOutputOf,
  removeAllOfEngine,
  testSettingsFor,
} from '../../testing/docker-sandboxes.ts';
import { requestOf } from '../../testing/sandbox-request.ts';
import { isSecondDockerWanted, SecondDocker, secondDockerTest } from '../../testing/second-docker.ts';
import { openDaemon } from '../docker-client.ts';
import { DockerSource } from '../docker-source.ts';
import { PooledSource } from './pooled-source.ts';

const first: DaemonConfig = { name: 'unix:///var/run/docker.sock', at: { socketPath: '/var/run/docker.sock' } };
const settings = testSettingsFor(`test-${uuid().slice(-12)}`);

let second: SecondDocker | undefined;
const sources: { close(): Promise<void> }[] = [];
dockerHooks.after(async () => {
  try {
    await Promise.all(sources.map((source) => source.close()));
    if (second) await removeAllOfEngine(settings.engineId, openDaemon(second.daemon));
    await removeAllOfEngine(settings.engineId);
  } finally {
    await second?.close();
  }
});

async function ensureSecond(): Promise<SecondDocker> {
  second ??= await SecondDocker.open();
  return second;
}

async function openPool(): Promise<PooledSource> {
  const pool = new PooledSource(settings, [first, (await ensureSecond()).daemon], 0);
  sources.push(pool);
  return pool;
}

const openAt = async (pool: PooledSource, sessionId: string, epoch: number): Promise<OpenedSandbox> =>
  unwrap(await pool.open(requestOf(sessionId, { epoch, mayExist: epoch > 1 })));

if (isSecondDockerWanted)
  dockerDescribe('a Docker daemon over TLS', () => {
    testSandboxContract(
      'The Docker sandbox over TLS',
      async () => {
        const source = new DockerSource({ ...settings, daemon: (await ensureSecond()).daemon }, 0);
        sources.push(source);
        return unwrap(await source.open(requestOf(uuid()))).sandbox;
      },
      { bash: true },
    );
  });

secondDockerTest(
  'the next owner of a session goes on in the same container, with its files, whichever daemon has it',
  async () => {
    const [before, later] = [await openPool(), await openPool()];
    const daemons = new Set<string | undefined>();
    for (let at = 0; at < 8 && daemons.size < 2; at++) {
      const session = uuid();
      const opened = await openAt(before, session, 1);
      daemons.add(opened.daemon);
      await readOutputOf(opened.sandbox, 'echo kept >file');
      await opened.sandbox.release();
      const again = await openAt(later, session, 2);
      assert.deepEqual([again.daemon, again.isFresh], [opened.daemon, false]);
      assert.equal(await readOutputOf(again.sandbox, 'cat file'), 'kept\n');
      await later.remove({ sessionId: session, userId: 'ada' });
      assert.equal((await openAt(later, session, 3)).isFresh, true);
    }
    assert.equal(daemons.size, 2, 'new sandboxes are spread');
  },
);

secondDockerTest('a session whose daemon dies goes on with a fresh sandbox elsewhere, and stays there', async () => {
  const [pool, two] = [await openPool(), await ensureSecond()];
  const onSecond = async (): Promise<[string, OpenedSandbox]> => {
    const session = uuid();
    const opened = await openAt(pool, session, 1);
    if (opened.daemon === two.daemon.name) return [session, opened];
    await opened.sandbox.close();
    return onSecond();
  };
  const [session, lost] = await onSecond();
  assert.equal(await lost.isAway?.(), false);
  await two.kill();
  assert.equal((await lost.sandbox.run('true', { timeoutMs: 5_000, signal: new AbortController().signal })).ok, false);
  assert.equal(await lost.isAway?.(), true);
  const fresh = await openAt(pool, session, 2);
  assert.deepEqual([fresh.daemon, fresh.isFresh, await fresh.isAway?.()], [first.name, true, false]);
  await readOutputOf(fresh.sandbox, 'echo newer >file');
  await fresh.sandbox.release();
  await two.start();
  const again = await openAt(await openPool(), session, 3);
  assert.deepEqual([again.daemon, again.isFresh], [first.name, false]);
  assert.equal(await readOutputOf(again.sandbox, 'cat file'), 'newer\n');
});
