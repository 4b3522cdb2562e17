// A Sandbox and its Pod, shown as one: what is asked of the controller, and that another Pod in its place counts as ended.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testKubernetesSettings } from '../testing/kubernetes-sandboxes.ts';
import { buildPod, podLabels } from './pod-settings.ts';
import { readPodState } from './pod-state.ts';
import { buildSandboxObject, podUidAnnotation, showAsPod } from './sandbox-object.ts';

const running = {
  phase: 'Running',
  containerStatuses: [
    { name: 'sandbox', image: '', imageID: '', ready: true, restartCount: 0, state: { running: {} } },
  ],
};
const podOf = (uid: string) => ({ metadata: { name: 'a', uid }, status: running });
const sandboxOf = (annotations: Record<string, string> = {}) => ({
  metadata: { name: 'a', uid: 'of the Sandbox', annotations, creationTimestamp: '2026-11-30T10:00:00Z' },
});

test('a Sandbox asks for the Pod that an engine would make, and ends with it at the same age', () => {
  const pod = buildPod(testKubernetesSettings(), 'a', 'moves');
  const made = buildSandboxObject(pod, 0);
  assert.deepEqual(made.spec.podTemplate.spec, pod.spec);
  assert.equal(made.metadata.name, 'a');
  assert.equal(made.metadata.labels?.[podLabels.session], 'moves');
  assert.deepEqual(made.spec.podTemplate.metadata.labels, made.metadata.labels);
  assert.equal(made.spec.service, false);
  assert.equal(made.spec.shutdownTime, '1970-01-08T00:00:00.000Z');
  assert.equal(made.spec.shutdownPolicy, 'Delete');
});

test('a Sandbox is what its Pod is, and starts as long as it has none', () => {
  const { pod, podUid, isNew } = showAsPod(sandboxOf(), podOf('first'));
  assert.deepEqual([pod.metadata?.uid, podUid, isNew], ['of the Sandbox', 'first', true]);
  assert.deepEqual(pod.metadata?.creationTimestamp, new Date('2026-11-30T10:00:00Z'));
  assert.equal(readPodState(pod).kind, 'running');
  const waiting = readPodState(showAsPod(sandboxOf(), undefined).pod);
  assert.deepEqual(waiting, { kind: 'starting', why: 'the controller of agent-sandbox has made no Pod for it yet' });
});

test('a Pod that takes the place of the one that was worked in counts as ended, and so does none', () => {
  const workedIn = sandboxOf({ [podUidAnnotation]: 'first' });
  assert.equal(readPodState(showAsPod(workedIn, podOf('first')).pod).kind, 'running');
  for (const other of [podOf('second'), undefined])
    assert.deepEqual(readPodState(showAsPod(workedIn, other).pod), {
      kind: 'ended',
      why: 'Gone: the Pod of its Sandbox is gone',
    });
  const leaving = { metadata: { ...podOf('first').metadata, deletionTimestamp: new Date() }, status: running };
  assert.deepEqual(readPodState(showAsPod(workedIn, leaving).pod), { kind: 'ended', why: 'it was deleted' });
});
