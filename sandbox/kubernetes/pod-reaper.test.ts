// Which Pods that no engine uses are removed, and what doesn't keep the others.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startStandInApi } from '../testing/kubernetes-api.ts';
import { decidePodRemoval, PodReaper, type PodReaperDependencies, podMarkGraceMs } from './pod-reaper.ts';
import { podLabels, usedAtAnnotation } from './pod-settings.ts';

const hourMs = 3_600_000;

test('a Pod goes where its session has ended, where it has ended itself, and where it was idle too long', () => {
  const idle = { idleMs: podMarkGraceMs + 1, hasEnded: false };
  assert.equal(decidePodRemoval(idle, false, hourMs), 'its session has ended');
  assert.equal(decidePodRemoval({ ...idle, hasEnded: true }, true, hourMs), 'it does not run');
  assert.equal(decidePodRemoval(idle, true, hourMs), undefined);
  assert.equal(decidePodRemoval({ ...idle, idleMs: hourMs }, true, hourMs), 'it was idle too long');
  assert.equal(decidePodRemoval({ ...idle, idleMs: 1_000 }, true, 0), undefined);
});

/** A reaper that finds three Pods whose sessions have ended. */
async function openReaper(t: TestContext, findActivatable: PodReaperDependencies['sessions']['findActivatable']) {
  const api = await startStandInApi(t);
  for (const name of ['a', 'b', 'c'])
    api.pods.set(name, {
      metadata: {
        name,
        labels: { [podLabels.session]: name },
        annotations: { [usedAtAnnotation]: new Date(0).toISOString() },
      },
    });
  const told: string[] = [];
  const reaper = new PodReaper({
    openClient: async () => api.client,
    clusterId: 'ours',
    sessions: { isLive: () => false, findActivatable },
    removeAfterMs: hourMs,
    now: Date.now,
    onLooked: () => told.push('looked'),
    onRemoved: ({ name }) => told.push(`removed ${name}`),
    onFailed: () => told.push('failed'),
    onLeft: () => told.push('left'),
  });
  return { ...api, reaper, told };
}

test('a Pod that can not be removed keeps no other', async (t) => {
  const { reaper, told, refused, pods } = await openReaper(t, async () => new Set());
  refused.add('DELETE a');
  await reaper.reapNow();
  assert.deepEqual(told, ['looked', 'left', 'removed b', 'removed c']);
  assert.deepEqual([...pods.keys()], ['a']);
});

test('that Kubernetes is the trouble is said only where it is', async (t) => {
  const { reaper, told, refused } = await openReaper(t, () => Promise.reject(new Error('PostgreSQL is away')));
  await reaper.reapNow();
  assert.deepEqual(told, ['looked', 'left']);
  refused.add('GET pods');
  await reaper.reapNow();
  assert.deepEqual(told, ['looked', 'left', 'failed']);
});
