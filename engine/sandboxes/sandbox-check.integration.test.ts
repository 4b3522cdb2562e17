// A missing image, network or daemon is reported at the start, in /ready, in GET /, and to sessions as not retryable.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import { ownNetworkName } from '../../sandbox/docker/container-settings.ts';
import { openDocker } from '../../sandbox/docker/docker-client.ts';
import { DockerSource } from '../../sandbox/docker/docker-source.ts';
import { findForbiddenPlaces } from '../../sandbox/docker/firewall/firewall-probe.ts';
import { firewallTableOf } from '../../sandbox/docker/firewall/firewall-rules.ts';
import { buildOneOffOptions, runOneOff } from '../../sandbox/docker/one-off-container.ts';
import { buildNetworkOptions, ensureNetwork } from '../../sandbox/docker/sandbox-network.ts';
import { DockerProxy } from '../../sandbox/testing/docker-proxy.ts';
import {
  dockerHooks,
  dockerTest,
  removeAllOfEngine,
  TestSandboxes,
  testSettingsFor,
} from '../../sandbox/testing/docker-sandboxes.ts';
import { requestOf } from '../../sandbox/testing/sandbox-request.ts';
import { errors, failed } from '../../schema/error.ts';
import type { DockerConfig } from '../../schema/thread.ts';
import { TestClient } from '../testing/client.ts';
import { DockerBase } from '../testing/docker.ts';
import { signTestToken, startTestEngine } from '../testing/engine.ts';
import { RecordedLog } from '../testing/log.ts';
import { waitUntil } from '../testing/rest.ts';
import { SandboxCheck } from './sandbox-check.ts';

const engineId = 'test-unready';
dockerHooks.after(async () => void (await removeAllOfEngine(engineId)));

/** The sentence of the check, which a session that wants a container gets too. */
async function checkUnusable(more: Partial<DockerConfig>, docker = openDocker()): Promise<string> {
  const settings = { ...testSettingsFor(engineId), ...more };
  const log = new RecordedLog();
  const check = new SandboxCheck({ settings, log, docker, isNeeded: true });
  await check.look();
  const source = new DockerSource(settings, 0, docker);
  const opened = await source.open(requestOf('s'));
  await Promise.all([check.close(), source.close()]);
  assert.ok(!opened.ok && opened.failure.code === 'sandboxUnavailable' && !errors.sandboxUnavailable.retryable);
  assert.deepEqual(opened.failure.detail, check.problem);
  assert.equal(check.description, `docker, unusable: ${check.problem}`);
  assert.deepEqual(log.entries, [{ level: 'error', event: 'sandbox.unusable', fields: { reason: check.problem } }]);
  return check.problem ?? '';
}

dockerTest('a missing image, network or runtime and too many processors are named, with what to do', async () => {
  assert.match(
    await checkUnusable({ image: 'lucid-nowhere' }),
    /^The sandbox image "lucid-nowhere" is not there; make it with/,
  );
  assert.match(
    await checkUnusable({ network: 'lucid-nowhere' }),
    /^The network "lucid-nowhere" is not there; make it with/,
  );
  assert.match(await checkUnusable({ runtime: 'lucid-nowhere' }), /^Docker has no runtime "lucid-nowhere"; add it/);
  assert.match(
    await checkUnusable({ cpus: 500 }),
    /^Docker's machine has less than the 500 processors .*SANDBOX_CPU_LIMIT\.$/,
  );
});

dockerTest('a daemon that hangs is reported', async () => {
  const proxy = new DockerProxy();
  const docker = openDocker({ socketPath: proxy.socketPath });
  try {
    proxy.hang();
    assert.match(await checkUnusable({}, docker), /^Docker does not answer \(Docker did not answer within 4000 ms/);
  } finally {
    proxy.close();
  }
});

dockerTest('a daemon that answers too late once is asked again before it is called unusable', async () => {
  const proxy = new DockerProxy();
  const log = new RecordedLog();
  const docker = openDocker({ socketPath: proxy.socketPath });
  const check = new SandboxCheck({ settings: testSettingsFor(engineId), log, docker, isNeeded: true });
  try {
    proxy.hangNext();
    await check.look();
    assert.equal(proxy.hungCount, 1);
    assert.equal(check.problem, undefined);
    assert.deepEqual(
      log.entries.filter(({ event }) => event === 'sandbox.unusable'),
      [],
    );
  } finally {
    await check.close();
    proxy.close();
  }
});

dockerTest(
  'a firewall that somebody has removed or emptied is set again within a minute, and the log says so',
  async () => {
    const settings = testSettingsFor(engineId);
    const docker = openDocker();
    const clock = { ms: 0 };
    const log = new RecordedLog();
    const check = new SandboxCheck({ settings, log, docker, isNeeded: true, now: () => clock.ms });
    const warnings = () => log.entries.filter(({ level }) => level === 'warn').map(({ event }) => event);
    const lookLater = async () => {
      clock.ms += 60_000;
      await check.look();
    };
    await check.look();
    await lookLater();
    assert.deepEqual(warnings(), [], 'a new network has had none, and this one was left alone');
    const networkId = await ensureNetwork(docker, settings);
    const findReached = () => findForbiddenPlaces(docker, settings, { networkId, opened: [] });
    for (const [verb, times] of [
      ['delete', 1],
      ['flush', 2],
    ] as const) {
      const Cmd = ['nft', verb, 'table', 'inet', firewallTableOf(networkId)];
      const flush = { Image: settings.image, User: '0:0', Cmd };
      const options = buildOneOffOptions({ ...flush, HostConfig: { NetworkMode: 'host', CapAdd: ['NET_ADMIN'] } });
      assert.deepEqual(await runOneOff(docker, options), { exitCode: 0, output: '' });
      assert.ok((await findReached()).length > 0);
      await lookLater();
      assert.deepEqual([check.problem, await findReached()], [undefined, []]);
      assert.deepEqual(warnings(), Array(times).fill('sandbox.wallMended'));
    }
    await check.close();
  },
);

dockerTest('an image that namespace-root can’t work with is told once in the log, and in GET /', async () => {
  const settings: DockerConfig = { ...testSettingsFor(engineId), user: 'namespace-root' };
  const clock = { ms: 0 };
  const log = new RecordedLog();
  const check = new SandboxCheck({ settings, log, docker: openDocker(), isNeeded: true, now: () => clock.ms });
  for (let looks = 0; looks < 2; looks++) {
    await check.look();
    clock.ms += 60_000;
  }
  await check.close();
  const why = "Commands are not root, not even in a namespace of their own: the image's files belong to its root";
  assert.equal(check.problem, undefined);
  assert.ok(check.description.startsWith(`docker, without root: ${why}`), check.description);
  const warnings = log.entries.filter(({ event }) => event === 'config.warning').map(({ fields }) => fields.warning);
  assert.equal(warnings.length, 1);
  assert.ok(String(warnings[0]).startsWith(`SANDBOX_USER is "namespace-root", but: ${why}`), String(warnings[0]));
  assert.deepEqual(
    log.entries.filter(({ event }) => event === 'sandbox.rootUntried'),
    [],
  );
});

dockerTest('a network without free addresses is answered `overloaded`, and the operator is told', async () => {
  const sandboxes = new TestSandboxes();
  const { settings } = sandboxes;
  const docker = openDocker();
  const Config = [{ Subnet: `10.254.${process.pid % 256}.0/30` }]; // The machine takes one of the network's two addresses.
  await docker.createNetwork({ ...buildNetworkOptions(settings.engineId), IPAM: { Config } });
  const first = await sandboxes.open('first');
  const log = new RecordedLog();
  const check = new SandboxCheck({ settings, log, docker, isNeeded: true });
  await check.look();
  const source = new DockerSource(settings, 0, docker);
  const second = await source.open(requestOf('second'));
  await Promise.all([check.close(), source.close(), first.close()]);
  assert.deepEqual(await sandboxes.close(), []);
  const detail = 'Too many sandboxes are kept: their network has no addresses left.';
  assert.deepEqual(second, failed('overloaded', detail, { retryAfterMs: 30_000 }));
  assert.deepEqual([check.problem, check.description], [undefined, `docker, full: ${detail}`]);
  const fields = { reason: detail, lower: 'SANDBOX_REMOVE_AFTER' };
  assert.deepEqual(log.entries, [{ level: 'warn', event: 'sandbox.full', fields }]);
});

dockerTest('without a key of the engine no network is made, and a missing image is no error', async () => {
  const log = new RecordedLog();
  const look = async (image: string) => {
    const settings = { ...testSettingsFor('test-unneeded'), image };
    const check = new SandboxCheck({ settings, log, isNeeded: false });
    await check.look();
    await check.close();
    return [check.problem, check.description];
  };
  assert.deepEqual(await look(testSettingsFor('').image), [
    undefined,
    'docker, unused while a script plays the agents',
  ]);
  assert.deepEqual(await openDocker().listNetworks({ filters: { name: [ownNetworkName('test-unneeded')] } }), []);
  const [problem, description] = await look('lucid-nowhere');
  assert.equal(problem, undefined);
  assert.match(description ?? '', /^docker, unusable: The sandbox image "lucid-nowhere" is not there/);
  assert.deepEqual(
    log.entries.map(({ level, event }) => `${level} ${event}`),
    ['info sandbox.unusable'],
  );
});

async function startEngine(t: TestContext, environment: Record<string, string>) {
  const base = await DockerBase.create();
  const log = new RecordedLog();
  const engine = await startTestEngine({ environment: { ...base.environment, ...environment }, log });
  t.after(async () => {
    await engine.close();
    await rm(base.environment.WORKSPACE_BASE_PATH ?? '', { recursive: true });
  });
  const ready = async () => (await fetch(`${engine.http}/ready`)).json() as Promise<{ status: string; detail: string }>;
  const sandbox = async () => ((await (await fetch(engine.http)).json()) as { sandbox: string }).sandbox;
  return { engine, log, ready, sandbox };
}

dockerTest(
  'an engine without its sandbox image is not ready, says why, and tells sessions not to try again',
  async (t) => {
    const { engine, log, ready, sandbox } = await startEngine(t, { SANDBOX_IMAGE: 'lucid-nowhere' });
    await waitUntil(async () => (await sandbox()).startsWith('docker, unusable: The sandbox image "lucid-nowhere"'));
    assert.match((await ready()).detail, /^Agents have no sandbox: The sandbox image "lucid-nowhere" is not there/);
    assert.equal(log.entries.filter(({ event }) => event === 'sandbox.unusable').length, 1);
    const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'nowhere to work');
    const error = await client.waitFor('the error', (frame) => frame.code === 'sandboxUnavailable');
    assert.equal(error.retryable, false);
  },
);

dockerTest('an engine whose containers can’t reach the machine is ready, and says so', async (t) => {
  const { ready, sandbox, log } = await startEngine(t, {});
  assert.match((await ready()).detail, /^Agents have no sandbox: It is not known yet/);
  await waitUntil(async () => (await ready()).status === 'ready');
  assert.equal(await sandbox(), 'docker');
  assert.deepEqual(
    log.entries.filter(({ event }) => event === 'sandbox.checked'),
    [{ level: 'info', event: 'sandbox.checked', fields: { reached: 'the public internet only' } }],
  );
});

dockerTest(
  'an engine on an open network is ready only where that is allowed, and says so in either case',
  async (t) => {
    const refused = await startEngine(t, { DOCKER_NETWORK: 'bridge' });
    await waitUntil(async () => (await refused.ready()).detail.includes('reach this machine'));
    const allowed = await startEngine(t, { DOCKER_NETWORK: 'bridge', ALLOW_OPEN_SANDBOX_NETWORK: '1' });
    await waitUntil(async () => (await allowed.ready()).status === 'ready');
    assert.match(await allowed.sandbox(), /^docker, open: Containers of sandboxes reach this machine/);
    assert.ok(
      allowed.log.entries.some(
        ({ level, fields }) => level === 'warn' && /reach this machine/.test(String(fields.warning)),
      ),
    );
  },
);
