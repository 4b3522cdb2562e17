// Through the socket filter the Docker sandbox conforms to the contract just as without it.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { testSandboxContract } from '../conformance/sandbox-contract.ts';
import { openDocker } from '../docker/docker-client.ts';
import { dockerDescribe, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { SocketFilter } from './socket-filter.ts';

const folder = `/tmp/lucid-filter-${process.pid}`;
const socketPath = path.join(folder, 'docker.sock');
const sandboxes = new TestSandboxes({ docker: openDocker({ socketPath }) });
const { engineId, settings } = sandboxes;
const refused: object[] = [];

dockerDescribe('the conformance of the Docker sandbox through the filter', () => {
  let filter: SocketFilter;
  before(async () => {
    mkdirSync(folder);
    filter = await SocketFilter.open({
      daemonPath: '/var/run/docker.sock',
      socketPath,
      allowed: {
        filterId: engineId,
        image: settings.image,
        network: undefined,
        user: 'agent',
        devcontainerImages: [],
        runtime: undefined,
      },
      onRefused: (request) => refused.push(request),
    });
  });
  after(async () => {
    const left = await sandboxes.close();
    await filter.close();
    rmSync(folder, { recursive: true });
    assert.deepEqual([left, refused], [[], []]);
  });
  testSandboxContract('The Docker sandbox through the filter', () => sandboxes.open(), { bash: true });
});
