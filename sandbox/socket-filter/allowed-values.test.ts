// Of what the operator chooses for sandboxes nothing else passes the socket filter: the image, and whom commands run as.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildContainerOptions } from '../docker/container-settings.ts';
import { allowed } from '../testing/allowed-values.ts';
import { type AllowedValues, rebuildContainerBody } from './request-bodies.ts';

const settings = {
  ...allowed,
  memoryBytes: 512 * 1024 * 1024,
  cpus: 1,
  workspaceBytes: 100 * 1024 * 1024,
  engineId: 'engine',
  runId: 'run',
};

const passes = (chosen: Partial<typeof settings>, operator: Partial<AllowedValues> = {}) => {
  const body: unknown = JSON.parse(
    JSON.stringify(buildContainerOptions({ ...settings, ...chosen }, 'name', 'session')),
  );
  return rebuildContainerBody(body, { ...allowed, ...operator }, { name: 'name' }).isAllowed;
};

test('commands are root of a namespace only where the operator wants that', () => {
  assert.equal(passes({ user: 'namespace-root' }), false);
  assert.equal(passes({ user: 'namespace-root' }, { user: 'namespace-root' }), true);
  assert.equal(passes({ user: 'agent' }, { user: 'namespace-root' }), false);
});

test('images are the operator’s, or among those that repositories may ask for', () => {
  const found = ['lucid-sandbox', 'node:24-slim', 'node:2', 'evil:latest', 'node:24*'].map((image) =>
    passes({ image }),
  );
  assert.deepEqual(found, [true, true, false, false, false]);
});
