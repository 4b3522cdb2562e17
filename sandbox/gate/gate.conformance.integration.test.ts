// Through the gate the Docker sandbox conforms to the contract just as without it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { conformsToSandbox } from '../conformance.ts';
import { openDocker } from '../docker/daemon.ts';
import { dockerDescribe, TestSandboxes } from '../testing/docker.ts';
import { Gate } from './gate.ts';

const folder = mkdtempSync('/tmp/lucid-gate-');
const socketPath = path.join(folder, 'docker.sock');
const sandboxes = new TestSandboxes({ docker: openDocker({ socketPath }) });
const { engineId, settings } = sandboxes;
const refused: object[] = [];
const gate = await Gate.open({
  daemonPath: '/var/run/docker.sock',
  socketPath,
  allowed: { gateId: engineId, image: settings.image, network: undefined, runtime: undefined },
  onRefused: (request) => refused.push(request),
});

dockerDescribe('the conformance of the Docker sandbox through the gate', () => {
  after(async () => assert.deepEqual([await sandboxes.close(), refused], [[], []]));
  conformsToSandbox('The Docker sandbox through the gate', () => sandboxes.open(), { bash: true });
});
after(async () => {
  await gate.close();
  rmSync(folder, { recursive: true });
});
