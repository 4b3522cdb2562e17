// Docker hangs, breaks off or stops in the middle of a command: every call ends in time, and works again afterwards.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { failed } from '../../schema/error.ts';
import type { RunResult, Sandbox } from '../sandbox.ts';
import { DockerProxy } from '../testing/docker-proxy.ts';
import { dockerHooks, dockerTest, readOutputOf, runCommandIn, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { leaveOut } from '../testing/left-out.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { openDocker } from './docker-client.ts';

/** How late a command may end after its own limit. */
const graceMs = 20_000;
/** How long the machine's own daemon stands still: tests beside this one give up calls after 4 s. */
const stoppedMs = 1_000;

let proxy: DockerProxy;
let sandboxes: TestSandboxes;
let sandbox: Sandbox;

dockerHooks.beforeEach(async () => {
  proxy = new DockerProxy();
  sandboxes = new TestSandboxes({ docker: openDocker({ socketPath: proxy.socketPath }) });
  sandbox = await sandboxes.open('behind-proxy');
  await readOutputOf(sandbox, 'echo kept > kept; export KEPT=yes');
});
dockerHooks.afterEach(async () => {
  proxy.recover();
  try {
    await sandbox?.close();
    assert.deepEqual(await sandboxes?.close(), []);
  } finally {
    proxy?.close();
  }
});

/** Checks that the work ended in time. */
async function inTime<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  const startedAtMs = performance.now();
  const result = await work();
  const tookMs = performance.now() - startedAtMs;
  assert.ok(tookMs < limitMs + graceMs, `it took ${Math.round(tookMs)} ms`);
  return result;
}

async function assertWorksAgain(): Promise<void> {
  assert.equal(await readOutputOf(sandbox, 'echo "$KEPT"; cat kept'), 'yes\nkept\n');
  assert.deepEqual(await sandbox.read('kept'), { ok: true, value: { content: 'kept\n' } });
  assert.equal(
    await readOutputOf(sandbox, "ps -eo args | grep '[s]leep 4[0-9]' || echo none"),
    'none\n',
    'nothing runs on',
  );
}

/** Acts once the command has printed something. */
async function actWhileRunning(command: string, timeoutMs: number, act: () => void): Promise<RunResult> {
  for (;;) {
    const begun = Promise.withResolvers<true>();
    const onOutput = () => begun.resolve(true);
    const running = inTime(timeoutMs, () => runCommandIn(sandbox, command, { timeoutMs, onOutput }));
    const hasBegun = await Promise.race([begun.promise, running.then(() => false)]);
    if (!hasBegun) continue; // The machine was too busy to begin within its limit.
    act();
    return running;
  }
}

dockerTest('a command is answered with a failure in time when Docker hangs in its middle', async () => {
  const result = await actWhileRunning('echo begun; sleep 41', 700, () => proxy.hang());
  assert.deepEqual(result, { kind: 'timedOut', output: 'begun\n', limitMs: 700 });
  const next = await inTime(500, () => sandbox.run('echo', { timeoutMs: 500, signal: new AbortController().signal }));
  assert.ok(!next.ok && next.failure.code === 'sandboxFailed');
  assert.equal((await inTime(0, () => sandbox.read('kept'))).ok, false);
  assert.equal((await inTime(0, () => sandbox.measureUsage())).ok, false);
  proxy.recover();
  await assertWorksAgain();
});

dockerTest('a command is answered with a failure when the connections to Docker break in its middle', async () => {
  const begun = Promise.withResolvers<void>();
  const command = { timeoutMs: 20_000, signal: new AbortController().signal, onOutput: () => begun.resolve() };
  const running = inTime(0, () => sandbox.run('echo begun; sleep 42', command));
  await begun.promise;
  proxy.recover();
  assert.deepEqual(await running, failed('sandboxFailed', 'The connection to the sandbox broke during the command.'));
  await assertWorksAgain();
});

dockerTest('a sandbox works again after Docker was gone for a while', async () => {
  proxy.break();
  const command = { timeoutMs: 500, signal: new AbortController().signal };
  assert.equal((await inTime(500, () => sandbox.run('echo', command))).ok, false);
  assert.equal((await inTime(500, () => sandbox.read('kept'))).ok, false);
  const opened = await sandboxes.source.open(requestOf('x', { userId: 'u', mayExist: true }));
  assert.match(opened.ok ? '' : opened.failure.detail, /^Docker does not answer .*; start it, or set SANDBOX/);
  proxy.recover();
  await assertWorksAgain();
});

dockerTest('a sandbox works again after the Docker daemon itself was stopped for a moment', async () => {
  const daemon = findDaemonPid();
  if (daemon === undefined) return leaveOut('stopping the Docker daemon itself', 'its process is not ours');
  const goOn = () => process.kill(daemon, 'SIGCONT');
  let later: NodeJS.Timeout | undefined;
  try {
    const result = await actWhileRunning('echo begun; sleep 43', 400, () => {
      process.kill(daemon, 'SIGSTOP');
      later = setTimeout(goOn, stoppedMs);
    });
    assert.deepEqual(result, { kind: 'timedOut', output: 'begun\n', limitMs: 400 });
  } finally {
    clearTimeout(later);
    goOn();
  }
  await assertWorksAgain();
});

function findDaemonPid(): number | undefined {
  try {
    const pid = Number(readFileSync('/var/run/docker.pid', 'utf8'));
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
