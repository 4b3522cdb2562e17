// An engine has one network while it needs it: those of ended engines are removed, and none that is in use.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type Docker from 'dockerode';
import { docker, dockerTest, TestSandboxes, testSettingsFor } from '../testing/docker-sandboxes.ts';
import { labels, ownNetworkName } from './container-settings.ts';
import { ensureNetwork, removeIdleNetworks, removeOwnNetwork } from './sandbox-network.ts';
import { removeStaleContainers } from './stale-containers.ts';
import { startFailureOf } from './start-failure.ts';

const isThere = async (engineId: string) =>
  (await docker.listNetworks({ filters: { name: [ownNetworkName(engineId)] } })).length > 0;

/** Hides other tests' networks. */
function showOnly(...engineIds: string[]): Docker {
  const names = engineIds.map(ownNetworkName);
  const listNetworks = async (options: Docker.NetworkListOptions) =>
    (await docker.listNetworks(options)).filter(({ Name }) => names.includes(Name));
  return Object.assign(Object.create(docker), { listNetworks });
}

dockerTest('an engine that ends takes its network along, unless a container that is kept is on it', async () => {
  const sandboxes = new TestSandboxes();
  const { settings, engineId } = sandboxes;
  const sandbox = await sandboxes.open('kept');
  await sandbox.release();
  await removeOwnNetwork(docker, settings);
  assert.ok(await isThere(engineId), 'a paused container is on it');
  await sandboxes.container('kept').unpause();
  await sandboxes.container('kept').stop({ t: 0 });
  await removeOwnNetwork(docker, settings);
  assert.ok(await isThere(engineId), 'a stopped one is too');
  assert.deepEqual((await sandboxes.close()).length, 2);
  await removeOwnNetwork(docker, settings);
  assert.equal(await isThere(engineId), false);
});

dockerTest('another engine removes the network of a killed one; a network in use, or just made, stays', async () => {
  const killed = testSettingsFor('test-killed');
  await ensureNetwork(docker, killed);
  const busy = new TestSandboxes();
  const sandbox = await busy.open('works');
  const looking = testSettingsFor('test-looking');
  const ours = showOnly('test-killed', busy.engineId, 'test-looking');
  await ensureNetwork(docker, looking);
  await removeIdleNetworks(ours, looking, 60_000);
  assert.ok(await isThere('test-killed'), 'it was made just now');
  await removeIdleNetworks(ours, looking, 0);
  assert.deepEqual(
    [await isThere('test-killed'), await isThere(busy.engineId), await isThere('test-looking')],
    [false, true, true],
  );
  await removeOwnNetwork(docker, looking);
  await sandbox.close();
  await busy.close();
});

dockerTest(
  'ended containers of engines that never came back are removed with their workspaces; those that run stay',
  async () => {
    const gone = new TestSandboxes();
    await gone.open('ended');
    const runs = await gone.open('runs');
    await gone.container('ended').stop({ t: 0 });
    const listContainers = async (options: Docker.ContainerListOptions) =>
      (await docker.listContainers(options)).filter(({ Labels }) => Labels[labels.engine] === gone.engineId);
    const ours: Docker = Object.assign(Object.create(docker), { listContainers });
    assert.equal(await removeStaleContainers(ours, 'test-looking', 60_000), 0, 'it was made just now');
    assert.equal(await removeStaleContainers(ours, gone.engineId, 0), 0, 'it is its own');
    assert.equal(await removeStaleContainers(ours, 'test-looking', 0), 1);
    assert.equal((await gone.listLeft()).length, 2);
    await runs.close();
    assert.deepEqual(await gone.close(), []);
  },
);

const noAddresses = Object.assign(new Error('could not find an available, non-overlapping IPv4 address pool'), {
  statusCode: 404,
});

/** A daemon that has no addresses left until some network is removed. */
function makeExhaustedDocker(idle: string[]) {
  const removed: string[] = [];
  const fake = {
    listNetworks: async ({ filters }: { filters: { label?: string[] } }) =>
      filters.label ? idle.map((Id) => ({ Id, Name: Id, Created: '2020-01-01T00:00:00Z', Labels: {} })) : [],
    listContainers: async ({ filters }: { filters: { network: string[] } }) =>
      filters.network[0] === 'used' ? [{}] : [],
    getNetwork: (id: string) => ({ remove: async () => void removed.push(id) }),
    createNetwork: async () => {
      if (removed.length === 0) throw noAddresses;
      return { id: 'made' };
    },
    createContainer: async () => {
      throw new Error('no container is needed to see this');
    },
  };
  return { fake: fake as unknown as Docker, removed };
}

test('an unused network is removed where no other can be made', async () => {
  const { fake, removed } = makeExhaustedDocker(['used', 'forgotten']);
  await ensureNetwork(fake, testSettingsFor('e')).catch(() => undefined);
  assert.deepEqual(removed, ['forgotten']);
});

test('a daemon without free networks is a failure that says what to do', async () => {
  const { fake } = makeExhaustedDocker(['used']);
  const failure = await ensureNetwork(fake, testSettingsFor('e')).then(assert.fail, (error) =>
    startFailureOf(error, testSettingsFor('e')),
  );
  assert.equal(failure.code, 'sandboxUnavailable');
  assert.match(failure.detail, /^Docker has no addresses left for another network: remove .*"docker network prune"/);
});
