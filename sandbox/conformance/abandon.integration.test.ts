// A sandbox that another owner has by now: the earlier owner lets go of it, and does nothing more to it.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Outcome } from '../../schema/error.ts';
import { openDocker } from '../docker/docker-client.ts';
import { DockerSource } from '../docker/docker-source.ts';
import { LocalSource } from '../local/local-source.ts';
import { MemorySandbox } from '../memory/memory-sandbox.ts';
import type { RunResult, Sandbox } from '../sandbox.ts';
import type { OpenedSandbox, SandboxSource } from '../sandbox-source.ts';
import { openConfinementHere } from '../testing/confinement-here.ts';
import { DockerProxy } from '../testing/docker-proxy.ts';
import { dockerTest, readOutputOf, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { waitUntil, waitUntilHolds } from '../testing/wait-until.ts';

async function open(source: SandboxSource, epoch = 1): Promise<OpenedSandbox> {
  const opened = await source.open(requestOf('moves', { epoch, mayExist: true }));
  assert.ok(opened.ok, opened.ok ? '' : opened.failure.detail);
  return opened.value;
}

const startCommand = (sandbox: Sandbox, command: string): Promise<Outcome<RunResult>> =>
  sandbox.run(command, { timeoutMs: 30_000, signal: new AbortController().signal });

dockerTest('a container that another owner has runs on for it, and the old owner does nothing more to it', async () => {
  const sandboxes = new TestSandboxes();
  const old = (await open(sandboxes.source)).sandbox;
  await readOutputOf(old, 'echo kept > kept; export KEPT=yes');
  const running = startCommand(old, 'sleep 4551');
  await setTimeout(300);
  await old.abandon();
  assert.equal((await running).ok, false);
  const { State } = await sandboxes.container('moves').inspect();
  assert.deepEqual([State.Running, State.Paused], [true, false]);

  const { sandbox: next, isFresh } = await open(sandboxes.source);
  assert.equal(isFresh, false);
  assert.equal(await readOutputOf(next, 'cat kept; echo $KEPT; pgrep -fc "sleep [4]551"'), 'kept\nyes\n0\n');
  const runningOfNext = startCommand(next, 'sleep 1; echo unharmed');
  assert.equal((await startCommand(old, 'echo late > late')).ok, false);
  assert.equal((await old.read('kept')).ok, false);
  await old.abandon();
  assert.deepEqual(await runningOfNext, { ok: true, value: { kind: 'exited', output: 'unharmed\n', exitCode: 0 } });
  assert.equal(await readOutputOf(next, 'ls'), 'kept\n');
  await next.close();
  assert.deepEqual(await sandboxes.close(), []);
});

dockerTest('an owner that has not heard yet that another has its container does not pause it', async (t) => {
  const sandboxes = new TestSandboxes();
  const proxy = new DockerProxy();
  t.after(() => proxy.close());
  const old = (await open(new DockerSource(sandboxes.settings, 0, openDocker(proxy)))).sandbox;
  await readOutputOf(old, 'export KEPT=yes');
  const { Id } = await sandboxes.container('moves').inspect();
  void startCommand(old, 'sleep 4554');
  await setTimeout(300);
  proxy.stall();
  const next = (await open(sandboxes.source)).sandbox;
  assert.equal(await readOutputOf(next, 'echo $KEPT; pgrep -fc "sleep [4]554"; echo kept > kept'), 'yes\n0\n');
  await old.release();
  assert.equal((await sandboxes.container('moves').inspect()).Id, Id);
  assert.equal((await sandboxes.container('moves').inspect()).State.Paused, false);
  assert.equal(await readOutputOf(next, 'cat kept'), 'kept\n');
  await next.release();
  assert.equal((await sandboxes.container('moves').inspect()).State.Paused, true);
  await next.close();
  assert.deepEqual(await sandboxes.close(), []);
});

dockerTest('an earlier owner can not take a container back from a later one', async () => {
  const sandboxes = new TestSandboxes({ warm: 1 });
  await waitUntil(() => sandboxes.source.warmCount > 0);
  const old = (await open(sandboxes.source, 1)).sandbox;
  await readOutputOf(old, 'export KEPT=yes');
  const { Id } = await sandboxes.container('moves').inspect();
  const next = (await open(sandboxes.source, 2)).sandbox;
  const runningOfNext = startCommand(next, 'sleep 1; echo $KEPT > kept; echo unharmed');
  await setTimeout(500);
  for (const refused of [await old.list(), await old.read('kept'), await startCommand(old, 'rm -rf ..?* .[!.]* *')])
    assert.equal(refused.ok || refused.failure.code, 'sessionMoved');
  await old.release();
  assert.deepEqual(await runningOfNext, { ok: true, value: { kind: 'exited', output: 'unharmed\n', exitCode: 0 } });
  assert.equal(await readOutputOf(next, 'cat kept'), 'yes\n');
  assert.equal((await sandboxes.container('moves').inspect()).Id, Id);
  await next.close();
  assert.deepEqual(await sandboxes.close(), []);
});

test('a folder of this machine stays as it is, and what ran in it ends', async () => {
  const base = await mkdtemp('/tmp/lucid-abandon-');
  const source = new LocalSource(base, openConfinementHere(base));
  const old = (await open(source)).sandbox;
  assert.ok((await old.write('kept', 'kept')).ok);
  const running = startCommand(old, 'sleep 4552 & sleep 4553');
  await waitUntilHolds(async () => assert.equal((await listProcesses('sleep 455')).length, 2));
  await old.abandon();
  await waitUntilHolds(async () => assert.deepEqual(await listProcesses('sleep 455'), []));
  await running;
  assert.equal((await startCommand(old, 'echo late > late')).ok, false);

  const { sandbox: next, isFresh } = await open(source);
  assert.equal(isFresh, false);
  assert.equal(await readOutputOf(next, 'ls; cat kept'), 'kept\nkept');
  await next.close();
  await source.close();
  await rm(base, { recursive: true, force: true });
});

test('an abandoned sandbox in memory is empty', async () => {
  const old = new MemorySandbox();
  assert.ok((await old.write('kept', 'kept')).ok);
  await old.abandon();
  assert.deepEqual([...old.listEntries()], []);
});

/** Lists command lines of this machine's processes that begin with a text. */
async function listProcesses(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.map((line) => line.replaceAll('\0', ' ')).filter((line) => line.startsWith(text));
}
