// The Kubernetes sandbox conforms to the contract, in real Pods.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { testSandboxContract } from '../conformance/sandbox-contract.ts';
import { kubernetesDescribe, TestPods } from '../testing/kubernetes-sandboxes.ts';

kubernetesDescribe('the conformance of the Kubernetes sandbox', () => {
  const pods = new TestPods();
  after(async () => assert.deepEqual(await pods.close(), []));
  testSandboxContract('The Kubernetes sandbox', () => pods.open(), { bash: true });
});
