// The Docker sandbox conforms to the contract, in real containers.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { testSandboxContract } from '../conformance/sandbox-contract.ts';
import { dockerDescribe, TestSandboxes } from '../testing/docker-sandboxes.ts';

dockerDescribe('the conformance of the Docker sandbox', () => {
  const sandboxes = new TestSandboxes();
  after(async () => assert.deepEqual(await sandboxes.close(), []));
  testSandboxContract('The Docker sandbox', () => sandboxes.open(), { bash: true });
});
