// A sandbox's Pod is what the Pod Security Standard "restricted" asks for, and all that it may use is bounded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testKubernetesSettings } from '../testing/kubernetes-sandboxes.ts';
import { buildPod, podNameOf } from './pod-settings.ts';

const gigabyte = 1024 ** 3;
const settings = testKubernetesSettings({
  memoryBytes: 2 * gigabyte,
  workspaceBytes: 8 * gigabyte,
  clusterId: 'lucid',
});
const podOf = (more: Partial<typeof settings> = {}) => buildPod({ ...settings, ...more }, 'name', 'session');
const filesOf = (more: Partial<typeof settings>) => podOf(more).spec?.volumes?.find(({ name }) => name === 'files');

test('a Pod has no privilege, no token and no root, in each of its containers', () => {
  const { spec } = podOf();
  assert.equal(spec?.automountServiceAccountToken, false);
  assert.partialDeepStrictEqual(spec?.securityContext, {
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  assert.equal(containers.length, 2);
  for (const { securityContext } of containers)
    assert.deepEqual(securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    });
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC', 'serviceAccountName'])
    assert.equal(key in (spec ?? {}), false);
});

test('a Pod is bounded in memory, processors, disk and age, and so is each of its volumes', () => {
  const { spec } = podOf();
  for (const { resources } of spec?.containers ?? [])
    assert.deepEqual(resources?.limits, {
      cpu: '1000m',
      memory: `${2 * gigabyte}`,
      'ephemeral-storage': `${8 * gigabyte + 64 * 1024 ** 2}`,
    });
  assert.equal(spec?.activeDeadlineSeconds, 604_800);
  for (const { emptyDir } of spec?.volumes ?? []) assert.ok(Number(emptyDir?.sizeLimit) > 0);
});

test('a workspace is on the node, in memory or in a volume of a storage class', () => {
  assert.deepEqual(filesOf({})?.emptyDir, { sizeLimit: `${8 * gigabyte}` });
  assert.deepEqual(filesOf({ workspaceKind: 'memory' })?.emptyDir, { medium: 'Memory', sizeLimit: `${gigabyte}` });
  assert.deepEqual(filesOf({ storageClass: 'fast' })?.ephemeral?.volumeClaimTemplate?.spec, {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'fast',
    resources: { requests: { storage: `${8 * gigabyte}` } },
  });
});

test('runtime, nodes and tolerations are as they were chosen, and absent otherwise', () => {
  for (const key of ['runtimeClassName', 'nodeSelector', 'tolerations'])
    assert.equal(key in (podOf().spec ?? {}), false);
  const tolerations = [{ key: 'sandboxes', operator: 'Exists' as const }];
  const chosen = podOf({ runtime: 'gvisor', nodeSelector: { pool: 'sandboxes' }, tolerations });
  assert.partialDeepStrictEqual(chosen.spec, {
    runtimeClassName: 'gvisor',
    nodeSelector: { pool: 'sandboxes' },
    tolerations,
  });
});

test('a Pod says whose it is', () => {
  const { metadata } = podOf();
  assert.deepEqual(metadata?.labels, {
    'lucid.dev/sandbox': 'true',
    'lucid.dev/cluster': 'lucid',
    'lucid.dev/session': 'session',
  });
  assert.ok(Date.parse(metadata?.annotations?.['lucid.dev/used-at'] ?? '') > 0);
  assert.match(podNameOf(settings, '0193ABC'), /^lucid-test-0193abc-[\da-z]+$/);
});
