// Commands in the background outlive what started them in a container, and say so where they don't in a folder of this machine.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { unwrap } from '../conformance/tested-sandbox.ts';
import { DockerSource } from '../docker/docker-source.ts';
import { LocalSource } from '../local/local-source.ts';
import type { Sandbox } from '../sandbox.ts';
import type { SandboxSource } from '../sandbox-source.ts';
import { openConfinementHere } from '../testing/confinement-here.ts';
import { docker, dockerTest, readOutputOf, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import type { EndedCommand } from './background.ts';

const signal = new AbortController().signal;

async function openAgain(source: SandboxSource, sessionId: string, epoch: number): Promise<Sandbox> {
  return unwrap(await source.open({ ...requestOf(sessionId), mayExist: true, epoch })).sandbox;
}

async function start(sandbox: Sandbox, command: string): Promise<string> {
  return unwrap((await sandbox.background?.start(command, false, signal)) ?? assert.fail());
}

/** The ends that a sandbox tells who listens to it. */
async function listenTo(sandbox: Sandbox, count: number): Promise<EndedCommand[]> {
  const told: EndedCommand[] = [];
  sandbox.background?.listen(async (ended) => void told.push(ended), true);
  for (let tries = 0; tries < 1_200 && told.length < count; tries++) await delay(50);
  return told;
}

function closeAfter(t: TestContext, sandboxes: TestSandboxes, ...sources: SandboxSource[]): void {
  t.after(async () => {
    for (const each of sources) await each.close();
    await sandboxes.close();
  });
}

dockerTest(
  'a container’s commands go on while the engine is started again, and the next one hears of their ends',
  async (t) => {
    const sandboxes = new TestSandboxes();
    const nextEngine = new DockerSource(sandboxes.settings, 0, docker);
    closeAfter(t, sandboxes, nextEngine);
    const sessionId = uuid();
    const first = await sandboxes.open(sessionId);
    await start(first, 'echo before; sleep 2; echo after; exit 5');
    await start(first, 'exit 6');
    await readOutputOf(first, 'sleep 0.5');
    await first.abandon();
    const second = await openAgain(nextEngine, sessionId, 2);
    const told = await listenTo(second, 2);
    assert.deepEqual(told.map(({ exitCode }) => exitCode).sort(), [5, 6]);
    const read = unwrap((await second.background?.read('1', { signal, waitMs: 0 })) ?? assert.fail());
    assert.deepEqual([read.output, read.end], ['before\nafter\n', { exitCode: 5 }]);
    assert.equal(await start(second, 'true'), '3');
    await second.close();
  },
);

dockerTest('a command that pauses with its container goes on with it', async (t) => {
  const sandboxes = new TestSandboxes();
  closeAfter(t, sandboxes);
  const sessionId = uuid();
  const first = await sandboxes.open(sessionId);
  await start(first, 'sleep 1; exit 4');
  await first.release();
  await delay(1_500);
  const second = await openAgain(sandboxes.source, sessionId, 2);
  assert.deepEqual(
    (await listenTo(second, 1)).map(({ exitCode }) => exitCode),
    [4],
  );
  await second.close();
});

dockerTest('where the disk is full a command in the background is refused in one sentence', async (t) => {
  const sandboxes = new TestSandboxes();
  closeAfter(t, sandboxes);
  const sandbox = await sandboxes.open();
  // A file leaves some blocks free, which folders take.
  const fill = 'mkdir ~/rest; cat /dev/zero >~/full; for i in {1..9999}; do mkdir ~/rest/$i || break; done';
  await readOutputOf(sandbox, `{ ${fill}; } 2>/dev/null`, 60_000);
  const started = await sandbox.background?.start('true', false, signal);
  assert.ok(started && !started.ok);
  assert.equal(started.failure.detail, 'No command can be started in the background: No space left on device.');
  await readOutputOf(sandbox, 'rm -r ~/full ~/rest');
  assert.match(await start(sandbox, 'true'), /^[12]$/);
  await sandbox.close();
});

const base = await mkdtemp('/tmp/lucid-background-');
const source = new LocalSource(base, openConfinementHere(base));
after(async () => {
  await source.close();
  await rm(base, { recursive: true, force: true });
});

test('a command in a folder of this machine ends with its sandbox, and the next one says that it is gone', async () => {
  const first = unwrap(await source.open(requestOf('s1'))).sandbox;
  await start(first, 'sleep 87654');
  await first.release();
  const second = await openAgain(source, 's1', 2);
  assert.deepEqual(await listenTo(second, 1), [{ id: '1', command: 'sleep 87654' }]);
  assert.equal(await readOutputOf(second, 'pgrep -cf "[s]leep 87654" || true'), '0\n');
  await second.close();
});

test('servers that were started in the background are reached from the shell, also after a command was cut', async () => {
  const sandbox = unwrap(await source.open(requestOf('s2'))).sandbox;
  const serve = 'python3 -m http.server --bind 127.0.0.1 18231';
  await readOutputOf(sandbox, 'mkdir -p site && cd site && echo served > page && touch /tmp/kept');
  await start(sandbox, serve);
  const ask = `python3 -c 'import time, urllib.request as r
for n in range(100):
  try: print(r.build_opener(r.ProxyHandler({})).open("http://127.0.0.1:18231/page").read().decode()); break
  except OSError: time.sleep(0.1)'`;
  assert.match(await readOutputOf(sandbox, ask), /served/);
  await sandbox.run('sleep 60', { signal, timeoutMs: 200 });
  assert.match(await readOutputOf(sandbox, `ls /tmp/kept; ${ask}`), /kept\nserved/);
  await sandbox.close();
});
