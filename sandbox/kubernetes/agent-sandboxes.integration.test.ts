// Sandboxes of agent-sandbox on a real cluster with its controller: one Pod for each, and no other in its place unnoticed.
// The suite of all sandboxes runs on them with SANDBOX_POD_MAKER=agent-sandbox.
import assert from 'node:assert/strict';
import { kubernetesTest, TestPods } from '../testing/kubernetes-sandboxes.ts';
import { leaveOut } from '../testing/left-out.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { KubernetesClient } from './kubernetes-client.ts';

const agentSandboxTest: typeof kubernetesTest = (name, act) =>
  process.env.SANDBOX_POD_MAKER === 'agent-sandbox'
    ? kubernetesTest(name, act)
    : leaveOut(name, 'SANDBOX_POD_MAKER is not "agent-sandbox" (docs/sandboxes.md, Pods)');

agentSandboxTest(
  'the agent hears of a Pod that the controller has made anew, and goes on in a new sandbox',
  async (t) => {
    const pods = new TestPods({ podMaker: 'agent-sandbox' });
    t.after(() => pods.close());
    const sandbox = await pods.open();
    const run = (command: string) => sandbox.run(command, { timeoutMs: 30_000, signal: new AbortController().signal });
    const written = await run('echo lost > lost');
    assert.ok(written.ok);
    const [name = ''] = await pods.listLeft();
    const client = await pods.client();
    const direct = new KubernetesClient(client.library, client.config, client.namespace);
    const before = (await direct.find(name))?.metadata?.uid;
    await direct.remove(name);
    await waitUntil(async () => ![undefined, before].includes((await direct.find(name))?.metadata?.uid));
    const told = await run('true');
    assert.ok(!told.ok);
    assert.match(told.failure.detail, /its workspace|empty/);
    await waitUntil(async () => (await run('ls; echo there')).ok);
    const listed = await run('ls');
    assert.ok(listed.ok && !listed.value.output.includes('lost'));
  },
);
