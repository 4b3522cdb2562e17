// Through the gate the Docker sandbox conforms to the contract just as without it.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { conformsToSandbox } from '../conformance.ts';
import { openDocker } from '../docker/daemon.ts';
import { dockerDescribe, TestSandboxes } from '../testing/docker.ts';
import { Gate } from './gate.ts';

const folder = `/tmp/lucid-gate-${process.pid}`;
const socketPath = path.join(folder, 'docker.sock');
const sandboxes = new TestSandboxes({ docker: openDocker({ socketPath }) });
const { engineId, settings } = sandboxes;
const refused: object[] = [];

dockerDescribe('the conformance of the Docker sandbox through the gate', () => {
  let gate: Gate;
  before(async () => {
    mkdirSync(folder);
    gate = await Gate.open({
      daemonPath: '/var/run/docker.sock',
      socketPath,
      allowed: { gateId: engineId, image: settings.image, network: undefined, runtime: undefined },
      onRefused: (request) => refused.push(request),
    });
  });
  after(async () => {
    const left = await sandboxes.close();
    await gate.close();
    rmSync(folder, { recursive: true });
    assert.deepEqual([left, refused], [[], []]);
  });
  conformsToSandbox('The Docker sandbox through the gate', () => sandboxes.open(), { bash: true });
});
