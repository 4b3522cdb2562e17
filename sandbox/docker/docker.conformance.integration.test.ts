// The Docker sandbox conforms to the contract, in real containers.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { conformsToSandbox } from '../conformance.ts';
import { dockerDescribe, TestSandboxes } from '../testing/docker.ts';

dockerDescribe('the conformance of the Docker sandbox', () => {
  const sandboxes = new TestSandboxes();
  after(async () => assert.deepEqual(await sandboxes.close(), []));
  conformsToSandbox('The Docker sandbox', () => sandboxes.open(), { bash: true });
});
