// A session gets a warm sandbox, a new one, or the one that it left before.
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import type { OpenedSandbox } from '../sandbox-source.ts';
import { DockerProxy } from '../testing/docker-proxy.ts';
import { docker, dockerHooks, dockerTest, readOutputOf, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { waitUntil, waitUntilHolds } from '../testing/wait-until.ts';
import { ownNetworkName } from './container-settings.ts';
import { openDocker } from './docker-client.ts';
import { DockerSource } from './docker-source.ts';

let sandboxes: TestSandboxes;
dockerHooks.before(async () => {
  sandboxes = new TestSandboxes({ warm: 2 });
});
dockerHooks.after(async () => assert.deepEqual(await sandboxes?.close(), []));

async function open(sessionId: string, source: DockerSource = sandboxes.source): Promise<OpenedSandbox> {
  const opened = await source.open(requestOf(sessionId, { mayExist: true }));
  assert.ok(opened.ok, opened.ok ? '' : opened.failure.detail);
  return opened.value;
}

async function warmNames(): Promise<string[]> {
  const names = await sandboxes.listLeft();
  return names.filter((name) => name.startsWith('/') && name.includes('warm-'));
}

const warmIds = async () =>
  Promise.all((await warmNames()).map(async (name) => (await docker.getContainer(name.slice(1)).inspect()).Id));

async function untilWarm(count: number): Promise<void> {
  await waitUntil(() => sandboxes.source.warmCount >= count, 60_000);
  assert.equal(sandboxes.source.warmCount, count);
}

dockerTest('a warm sandbox opens at once, is used once, and is replaced by another', async () => {
  await untilWarm(2);
  const before = await warmIds();
  const { sandbox, isFresh } = await open('taken');
  assert.equal(await readOutputOf(sandbox, 'echo hello'), 'hello\n');
  assert.equal(isFresh, true);
  const { Id, State } = await sandboxes.container('taken').inspect();
  assert.ok(before.includes(Id) && State.Running, 'no container was started for it');
  await untilWarm(2);
  const after = await warmIds();
  assert.equal(after.length, 2);
  assert.equal(before.filter((id) => after.includes(id)).length, 1);
  await sandbox.close();
});

dockerTest('a warm sandbox that has ended meanwhile is passed over', async () => {
  await untilWarm(2);
  const ended = await warmNames();
  for (const name of ended) await docker.getContainer(name.slice(1)).kill();
  await setTimeout(1_000); // Nobody outside of the source sees when it has heard of the ends.
  const { sandbox } = await open('after-ended');
  assert.equal(await readOutputOf(sandbox, 'echo hello'), 'hello\n');
  await sandbox.close();
  await waitUntilHolds(async () =>
    assert.deepEqual(
      (await warmNames()).filter((name) => ended.includes(name)),
      [],
    ),
  );
});

dockerTest('a released container is paused, and its session finds files, folder and environment again', async () => {
  const first = await open('rests');
  await readOutputOf(first.sandbox, 'mkdir deep; cd deep; echo kept > kept; export KEPT=yes; sleep 600 &');
  await first.sandbox.release();
  assert.equal((await sandboxes.container('rests').inspect()).State.Paused, true);
  const again = await open('rests');
  assert.equal(again.isFresh, false);
  assert.deepEqual(await again.sandbox.read('deep/kept'), { ok: true, value: { content: 'kept\n' } });
  assert.equal(await readOutputOf(again.sandbox, 'pwd; echo $KEPT; pgrep -c sleep'), '/workspace/deep\nyes\n2\n');
  await again.sandbox.close();
});

dockerTest(
  'a session whose engine crashed in the middle of a command has its sandbox back, and the command is over',
  async () => {
    const proxy = new DockerProxy();
    const crashed = new DockerSource(sandboxes.settings, 0, openDocker({ socketPath: proxy.socketPath }));
    const { sandbox } = await open('crashed', crashed);
    await readOutputOf(sandbox, 'echo kept > kept; export KEPT=yes');
    const running = sandbox.run('sleep 4444', { timeoutMs: 60_000, signal: new AbortController().signal });
    await setTimeout(200);
    proxy.close();
    const again = await open('crashed');
    assert.equal(again.isFresh, false);
    assert.equal(await readOutputOf(again.sandbox, 'cat kept; echo $KEPT; pgrep -fc "sleep [4]444"'), 'kept\nyes\n0\n');
    assert.equal((await running).ok, false);
    await again.sandbox.close();
  },
);

dockerTest('a container that has ended holds nothing: its session gets a fresh one', async () => {
  const { sandbox } = await open('ended');
  await readOutputOf(sandbox, 'echo lost > lost');
  await sandboxes.container('ended').kill();
  const again = await open('ended');
  assert.equal(again.isFresh, true);
  assert.equal(await readOutputOf(again.sandbox, 'ls'), '');
  await again.sandbox.close();
});

dockerTest("another engine's container of the same name is left alone", async () => {
  const other = new TestSandboxes();
  const source = new DockerSource(
    { ...other.settings, containerPrefix: sandboxes.settings.containerPrefix },
    0,
    docker,
  );
  const { sandbox } = await open('shared');
  const opened = await source.open(requestOf('shared', { mayExist: true }));
  assert.equal(opened.ok, false);
  assert.equal(await readOutputOf(sandbox, 'echo unharmed'), 'unharmed\n');
  await sandbox.close();
  assert.deepEqual(await other.close(), []);
});

dockerTest('a start succeeds though an earlier one left a container of its name', async () => {
  const first = await open('again');
  const opened = await sandboxes.source.open(requestOf('again', { userId: 'a' }));
  assert.ok(opened.ok && opened.value.isFresh);
  assert.equal(await readOutputOf(opened.value.sandbox, 'echo hello'), 'hello\n');
  await first.sandbox.close();
  await opened.value.sandbox.close();
});

dockerTest('a missing image is an error that says what to do', async () => {
  const source = new DockerSource({ ...sandboxes.settings, image: 'lucid-no-such-image' }, 0, docker);
  const opened = await source.open(requestOf('x'));
  assert.deepEqual(
    opened.ok ? '' : opened.failure.detail,
    'The sandbox image "lucid-no-such-image" is not there; make it with "npm run sandbox:build".',
  );
});

dockerTest('an image that lacks what is needed is an error that names what it lacks', async () => {
  const source = new DockerSource({ ...sandboxes.settings, image: 'node:24-trixie-slim' }, 0, docker);
  const opened = await source.open(requestOf('bare'));
  if (opened.ok) return opened.value.sandbox.close(); // A base image that was made here may have all that is needed.
  assert.match(opened.failure.detail, /python3|image/);
});

dockerTest('many sessions that start at once wait in a queue and are told their place', async () => {
  const places: number[] = [];
  const burst = Array.from({ length: 8 }, (_, at) =>
    sandboxes.source.open(requestOf(`burst-${at}`, { onQueued: (place) => places.push(place) })),
  );
  const opened = await Promise.all(burst);
  assert.ok(opened.every(({ ok }) => ok));
  const waited = places.filter((place) => place > 0);
  assert.ok(waited.length > 0 && Math.min(...waited) === 1);
  await Promise.all(opened.map((each) => each.ok && each.value.sandbox.close()));
});

dockerTest(
  'a session whose container is on another network goes on in one on the closed network, with its files',
  async () => {
    const before = new TestSandboxes({ more: { network: 'bridge', mayBeOpen: true } });
    const { sandbox } = await open('moved', before.source);
    await readOutputOf(sandbox, 'echo kept > kept');
    await sandbox.release();
    const now = new DockerSource({ ...before.settings, network: undefined, mayBeOpen: false }, 0, docker);
    const again = await open('moved', now);
    assert.equal(again.isFresh, false);
    assert.equal(await readOutputOf(again.sandbox, 'cat kept'), 'kept\n');
    const { NetworkSettings } = await before.container('moved').inspect();
    assert.deepEqual(Object.keys(NetworkSettings.Networks), [ownNetworkName(before.engineId)]);
    await again.sandbox.close();
    await now.close();
    assert.deepEqual(await before.close(), []);
  },
);

dockerTest('no session loses its files while Docker is silent for a moment', async () => {
  const proxy = new DockerProxy();
  const behindProxy = new TestSandboxes({ docker: openDocker({ socketPath: proxy.socketPath }) });
  try {
    const { sandbox } = await open('silent', behindProxy.source);
    await readOutputOf(sandbox, 'echo kept > kept');
    await sandbox.release();
    proxy.hang();
    const request = requestOf('silent', { mayExist: true });
    const refused = behindProxy.source.open(request);
    await waitUntil(() => proxy.hungCount > 0); // Docker answers again before a container could be made anew.
    proxy.recover();
    assert.equal((await refused).ok, false);
    const again = await open('silent', behindProxy.source);
    assert.equal(await readOutputOf(again.sandbox, 'cat kept'), 'kept\n');
    await again.sandbox.close();
    assert.deepEqual(await behindProxy.close(), []);
  } finally {
    proxy.close();
  }
});
