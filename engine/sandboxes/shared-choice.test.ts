// What engines share carries their database's id, and what they had apart before is still found.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { readConfig } from '../config.ts';
import { chooseSandboxes } from './sandbox-choice.ts';
import { settleChoice } from './shared-choice.ts';

const cluster = {
  CLUSTER_URL: 'nats://localhost:4222',
  DATABASE_URL: 'postgres://a@localhost/b',
  ENCRYPTION_KEY: 'x'.repeat(32),
};

/** @param wasUsed whether engines on its database have shared daemons before */
async function settle(t: TestContext, environment: Record<string, string>, { ownId = '', wasUsed = false } = {}) {
  const base = await mkdtemp('/tmp/lucid-shared-');
  t.after(() => rm(base, { recursive: true, force: true }));
  if (ownId) await writeFile(path.join(base, '.engine-id'), ownId);
  const config = readConfig({ SANDBOX: 'docker', ...environment, WORKSPACE_BASE_PATH: base });
  const choice = await chooseSandboxes(config, {
    findDocker: async () => 'there',
    findConfinementProblem: async () => undefined,
    isRoot: false,
  });
  const { choice: settled, ...more } = await settleChoice(choice, config, async () => ({ id: 'shared', wasUsed }));
  const { agents } = settled;
  const { engineId, formerOwners } = agents.kind === 'docker' ? agents.settings : {};
  return { ...more, engineId, formerOwners, agents };
}

test('an engine alone has containers of its own, those of a cluster share what is at the same daemon', async (t) => {
  for (const more of [{}, { SANDBOX_HOSTS: 'unix:///a.sock' }]) {
    assert.partialDeepStrictEqual(await settle(t, more, { ownId: 'own' }), { engineId: 'own', isShared: false });
    assert.partialDeepStrictEqual(await settle(t, { ...cluster, ...more }), { engineId: 'shared', isShared: true });
  }
});

test('sessions find their containers where their engine joins a cluster, and where it is alone again', async (t) => {
  const joined = await settle(t, cluster, { ownId: 'own' });
  assert.partialDeepStrictEqual(joined, { engineId: 'shared', formerOwners: 'any', formerIds: ['own'] });
  const alone = await settle(t, {}, { ownId: 'own', wasUsed: true });
  assert.partialDeepStrictEqual(alone, { engineId: 'own', formerOwners: ['shared'], formerIds: ['shared'] });
  assert.partialDeepStrictEqual(await settle(t, {}, { ownId: 'own' }), { formerOwners: [], formerIds: [] });
});

test('the engines of a cluster share their Pods, and know them by the same id as containers', async (t) => {
  const { agents } = await settle(t, { ...cluster, SANDBOX: 'kubernetes', CLUSTER_NAME: 'ours' });
  assert.ok(agents.kind === 'kubernetes');
  assert.equal(agents.settings.clusterId, 'shared');
});
