// What becomes of a session whose Pod is gone, tried on a stand-in for the API server.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { startStandInApi } from '../testing/kubernetes-api.ts';
import { testKubernetesSettings } from '../testing/kubernetes-sandboxes.ts';
import { openKubernetes } from './open-kubernetes.ts';
import { markAllUsed, OwnedPod } from './owned-pod.ts';

const ownerOf = (sessionId: string) => ({ sessionId, epoch: 1 });

test('a Pod that takes the place of one that is gone is known to be empty until somebody has heard of it', async (t) => {
  const { client, asked, pods } = await startStandInApi(t);
  const pod = new OwnedPod(client, testKubernetesSettings(), ownerOf('a'), 'gone');
  assert.equal(pod.hasLostWorkspace, false);
  assert.equal((await pod.reachGuest()).ok, false, 'nothing runs in it here');
  assert.ok(asked.includes('POST pods') && pods.has(pod.name));
  assert.equal(pod.hasLostWorkspace, true, 'so nobody takes its files for what the agent has left');
  assert.match(pod.takeLoss() ?? '', /A new one is ready, and empty/);
  assert.deepEqual([pod.hasLostWorkspace, pod.takeLoss()], [false, undefined]);
});

test('of a configuration that can not be read no line is shown', async (t) => {
  const folder = await mkdtemp('/tmp/lucid-kubeconfig-');
  t.after(() => rm(folder, { recursive: true, force: true }));
  process.env.KUBECONFIG = path.join(folder, 'config');
  await writeFile(process.env.KUBECONFIG, 'users:\n- name: a\n  user:\n    token: a-token-of-a-cluster\n   bad: [\n');
  await assert.rejects(openKubernetes({ namespace: 'sandboxes', podMaker: 'engine' }), (error: Error) => {
    assert.match(error.message, /indentation/);
    assert.doesNotMatch(error.message, /a-token/);
    return true;
  });
});

test('a Pod that is gone keeps no other from being marked as used', async (t) => {
  const { client, asked, pods } = await startStandInApi(t);
  pods.set('there', { metadata: { name: 'there' } });
  const podOf = (name: string) => new OwnedPod(client, testKubernetesSettings(), ownerOf(name), name);
  await markAllUsed([podOf('gone'), podOf('there')]);
  assert.deepEqual(asked, ['PATCH gone', 'PATCH there']);
});
