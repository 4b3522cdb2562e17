// What is read from a Pod's status: whether a guest can run, or what has become of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { V1ContainerState, V1Pod, V1PodStatus } from '@kubernetes/client-node';
import { lateFailureOf, readPodState } from './pod-state.ts';

const container = (name: string, state: V1ContainerState, more = {}) => ({
  name,
  state,
  image: '',
  imageID: '',
  ready: true,
  restartCount: 0,
  ...more,
});
const stateOf = (status: V1PodStatus, metadata: V1Pod['metadata'] = {}) => readPodState({ status, metadata });

test('a Pod whose container runs can have a guest, and says how often it was started again', () => {
  const lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
  const own = container('sandbox', { running: {} }, { restartCount: 2, lastState });
  assert.deepEqual(stateOf({ phase: 'Running', containerStatuses: [own] }), {
    kind: 'running',
    restarts: 2,
    lastEnd: 'OOMKilled',
  });
});

test('an evicted or deleted Pod has ended, with the reason', () => {
  assert.deepEqual(stateOf({ phase: 'Failed', reason: 'Evicted', message: 'The node was low\non memory.' }), {
    kind: 'ended',
    why: 'Evicted: The node was low on memory.',
  });
  const running = { phase: 'Running', containerStatuses: [container('sandbox', { running: {} })] };
  assert.equal(stateOf(running, { deletionTimestamp: new Date() }).kind, 'ended');
});

test('a Pod whose image is not to be had is stuck; one without a node waits', () => {
  const waiting = container('folders', { waiting: { reason: 'ImagePullBackOff', message: 'not found' } });
  const stuck = stateOf({ phase: 'Pending', initContainerStatuses: [waiting] });
  assert.match(stuck.kind === 'stuck' ? stuck.failure.detail : '', /ImagePullBackOff: not found/);
  const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }];
  const late = stateOf({ phase: 'Pending', conditions });
  assert.deepEqual(late, { kind: 'starting', why: '0/3 nodes are available' });
  assert.equal(lateFailureOf(late).code, 'overloaded');
});
