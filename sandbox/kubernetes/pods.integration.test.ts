// Sandboxes in real Pods: what the cluster's admission takes, who owns them, and what agents hear when one ends.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '../sandbox.ts';
import type { OpenedSandbox } from '../sandbox-source.ts';
import { kubernetesTest, TestPods, type testKubernetesSettings } from '../testing/kubernetes-sandboxes.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { waitUntil } from '../testing/wait-until.ts';
import type { KubernetesSource } from './kubernetes-source.ts';

const runIn = (sandbox: Sandbox, command: string) =>
  sandbox.run(command, { timeoutMs: 30_000, signal: new AbortController().signal });

async function readOutput(sandbox: Sandbox, command: string): Promise<string> {
  const result = await runIn(sandbox, command);
  assert.ok(result.ok, result.ok ? '' : result.failure.detail);
  return result.value.output;
}

async function openIn(source: KubernetesSource, epoch = 1): Promise<OpenedSandbox> {
  const opened = await source.open(requestOf('moves', { epoch, mayExist: true }));
  assert.ok(opened.ok, opened.ok ? '' : opened.failure.detail);
  return opened.value;
}

const isEvicted = async (pods: TestPods) => (await pods.list()).some(({ status }) => status?.reason === 'Evicted');

function makePods(t: TestContext, more = {}): TestPods {
  const pods = new TestPods(more);
  t.after(() => pods.close());
  return pods;
}

kubernetesTest('an unprivileged user runs commands, with no capability, no token and a read-only system', async (t) => {
  const pods = makePods(t);
  const sandbox = await pods.open();
  const shown = await readOutput(
    sandbox,
    'id -u; grep -c "CapEff:.*0000000000000000" /proc/self/status; grep NoNewPrivs /proc/self/status; ' +
      'grep "Seccomp:" /proc/self/status; touch /usr/x 2>&1; ls /var/run/secrets 2>&1; ls -ld --time-style=+ /workspace',
  );
  assert.deepEqual(shown.split('\n').slice(0, 4), ['1000', '1', 'NoNewPrivs:\t1', 'Seccomp:\t2']);
  assert.match(shown, /\/usr\/x': Read-only file system/);
  assert.match(shown, /secrets': No such file/);
  assert.match(shown, /agent agent .*\/workspace/);
});

kubernetesTest('a session that comes back, also at another engine, finds its Pod as it was', async (t) => {
  const pods = makePods(t);
  const old = (await openIn(await pods.source())).sandbox;
  await readOutput(old, 'echo kept > kept; export KEPT=yes');
  await old.release();
  const { sandbox, isFresh } = await openIn(await new TestPods(pods.settings).source());
  assert.equal(isFresh, false);
  assert.equal(await readOutput(sandbox, 'cat kept; echo $KEPT'), 'kept\nyes\n');
  await sandbox.close();
});

kubernetesTest('an earlier owner can not take a Pod back from a later one', async (t) => {
  const pods = makePods(t);
  const old = (await openIn(await pods.source(), 1)).sandbox;
  await readOutput(old, 'echo kept > kept');
  const next = (await openIn(await new TestPods(pods.settings).source(), 2)).sandbox;
  assert.equal(await readOutput(next, 'cat kept'), 'kept\n');
  for (const refused of [await old.read('kept'), await runIn(old, 'rm -rf ..?* .[!.]* *')])
    assert.equal(refused.ok || refused.failure.code, 'sessionMoved');
  assert.equal(await readOutput(next, 'cat kept'), 'kept\n');
  await next.close();
});

kubernetesTest('the agent hears once that its Pod has ended, and goes on in a new one', async (t) => {
  const pods = makePods(t);
  const sandbox = await pods.open();
  await readOutput(sandbox, 'echo lost > lost');
  const [name = ''] = await pods.listLeft();
  await (await pods.client()).remove(name);
  await waitUntil(async () => (await pods.list()).length === 0);
  const told = await runIn(sandbox, 'true');
  assert.equal(told.ok, false);
  assert.match(told.ok ? '' : told.failure.detail, /Pod had ended .*workspace with it\. A new one is ready/);
  assert.equal(await readOutput(sandbox, 'ls; echo goes on'), 'goes on\n');
  assert.equal((await pods.listLeft()).length, 1);
});

kubernetesTest('a Pod that writes more than it may is evicted, and the agent hears of it', async (t) => {
  const pods = makePods(t, { workspaceBytes: 64 * 1024 * 1024 });
  const sandbox = await pods.open();
  await readOutput(sandbox, 'head -c 200m /dev/zero > large');
  // A node looks at intervals.
  for (let look = 0; look < 300 && !(await isEvicted(pods)); look++) await delay(1_000);
  const told = await runIn(sandbox, 'true');
  assert.match(told.ok ? '' : told.failure.detail, /Pod had ended \(Evicted: .*A new one is ready/);
  assert.equal(await readOutput(sandbox, 'ls'), '');
});

kubernetesTest('a workspace in memory is full where it says so, and goes on', async (t) => {
  const pods = makePods(t, { workspaceKind: 'memory', workspaceBytes: 32 * 1024 * 1024 });
  const sandbox = await pods.open();
  assert.match(await readOutput(sandbox, 'head -c 64m /dev/zero > large'), /No space left/);
  assert.equal(await readOutput(sandbox, 'rm large; echo goes on'), 'goes on\n');
});

kubernetesTest('what Kubernetes refuses is said in a sentence', async (t) => {
  const refused = async (more: Parameters<typeof testKubernetesSettings>[0]) => {
    const opened = await (await makePods(t, more).source()).open(requestOf('refused'));
    return opened.ok ? '' : `${opened.failure.code}: ${opened.failure.detail}`;
  };
  // An account that may only use its own namespace is not told that another is not there.
  assert.match(await refused({ namespace: 'not-there' }), /sandboxUnavailable: .*"not-there"/);
  assert.match(await refused({ runtime: 'not-there' }), /sandboxUnavailable: .*RuntimeClass "not-there" not found/);
  assert.match(
    await refused({ image: 'localhost:1/no/image' }),
    /sandboxUnavailable: The sandbox image can not be had/,
  );
});

kubernetesTest('a removed session leaves no Pod', async (t) => {
  const pods = makePods(t);
  const opened = await (await pods.source()).open(requestOf('removed'));
  assert.ok(opened.ok);
  await opened.value.sandbox.abandon();
  await (await pods.source()).remove({ sessionId: 'removed', userId: 'ada' });
  assert.deepEqual(await pods.listLeft(), []);
});
