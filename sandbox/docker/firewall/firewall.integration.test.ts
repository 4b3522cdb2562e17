// A container reaches the public internet and the git proxy, and nothing of the machine and its networks.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { GitListener } from '../../git/git-listener.ts';
import { makeDockerAddressFinder } from '../../git/listen-address-docker.ts';
import type { Sandbox } from '../../sandbox.ts';
import {
  docker,
  dockerHooks,
  dockerTest,
  readOutputOf,
  TestSandboxes,
  testSettingsFor,
} from '../../testing/docker-sandboxes.ts';
import { leaveOut } from '../../testing/left-out.ts';
import { waitUntilHolds } from '../../testing/wait-until.ts';
import { ownNetworkName } from '../container-settings.ts';
import { buildOneOffOptions, runOneOff } from '../one-off-container.ts';
import { ensureClosedNetwork } from './closed-network.ts';
import { firewallTableOf } from './firewall-rules.ts';
import { removeOldFirewalls } from './set-firewall.ts';

const sandboxes = new TestSandboxes();
const { settings } = sandboxes;
const { image } = settings;
let sandbox: Sandbox;
let service: Server;

dockerHooks.before(async () => {
  service = await startService(0);
  sandbox = await sandboxes.open('behind-firewall');
});
dockerHooks.after(async () => {
  service?.close();
  await sandbox?.close();
  assert.deepEqual(await sandboxes.close(), []);
  await removeOldFirewalls(docker, image);
});

/** Starts a service that answers every client, by default at every address of the machine. */
async function startService(port: number, host = '::'): Promise<Server> {
  const server = createServer((socket) => socket.end('answered').on('error', () => undefined));
  await once(server.listen(port, host), 'listening');
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/**
 * Several of a connection's packets are sent before it is given up: the kernel tells one container of about one refusal a
 * second, and one that comes while the connection is still being asked for counts from the next packet on.
 */
const patienceSeconds = 15;

/** @returns what comes back, or how the connection failed; `timeout` where neither an answer nor a refusal came */
async function tryConnect(from: Sandbox, host: string, port: number): Promise<string> {
  const program = `import socket,errno
try: print(socket.create_connection(("${host}",${port}),${patienceSeconds}).recv(100).decode() or "silence")
except OSError as e: print(errno.errorcode.get(e.errno,"timeout"))`;
  return (await readOutputOf(from, `python3 -c '${program}'`)).trim();
}

async function gatewayOf(engineId: string): Promise<string> {
  const { IPAM } = await docker.getNetwork(ownNetworkName(engineId)).inspect();
  return IPAM?.Config?.[0]?.Gateway ?? '';
}

const ownV4 = () =>
  Object.values(networkInterfaces()).flatMap((found = []) =>
    found.flatMap(({ address, family, internal }) => (family === 'IPv4' && !internal ? address : [])),
  );

async function listTables(): Promise<string[]> {
  const command = { Image: image, User: '0:0', Cmd: ['nft', 'list', 'tables', 'inet'] };
  const options = buildOneOffOptions({ ...command, HostConfig: { NetworkMode: 'host', CapAdd: ['NET_ADMIN'] } });
  const { output } = await runOneOff(docker, options);
  return output.split('\n').map((line) => line.split(' ')[2] ?? '');
}

dockerTest('a service that listens everywhere is not answered at any address of the machine', async () => {
  const addresses = [...new Set([await gatewayOf(settings.engineId), ...ownV4(), '10.200.0.1'])];
  for (const address of addresses)
    assert.equal(await tryConnect(sandbox, address, portOf(service)), 'EHOSTUNREACH', address);
});

dockerTest("clouds' metadata, private networks and other containers are not reached", async () => {
  for (const [host, port] of [
    ['169.254.169.254', 80],
    ['168.63.129.16', 80],
    ['100.100.100.200', 80],
    ['192.168.1.1', 443],
    ['172.31.255.1', 22],
    ['10.255.255.254', 80],
  ] as const)
    assert.equal(await tryConnect(sandbox, host, port), 'EHOSTUNREACH', host);
  const other = await sandboxes.open('neighbour');
  const address = (await readOutputOf(other, 'hostname -I')).trim();
  await readOutputOf(other, 'python3 -m http.server 8765 >/dev/null 2>&1 & sleep 0.5');
  assert.equal(await tryConnect(sandbox, address, 8765), 'EHOSTUNREACH');
  await other.close();
});

dockerTest('the git proxy is answered, and a service of the machine that took a port of its kind is not', async () => {
  const address = await makeDockerAddressFinder(settings, docker)();
  assert.ok(address.ok);
  const listener = await GitListener.open(address.value, (_, response) => response.end('of the proxy'));
  assert.ok(listener.ok);
  const stranger = await startService(21_500);
  try {
    assert.equal(await readOutputOf(sandbox, `curl -s -m 3 ${listener.value.origin}`), 'of the proxy');
    assert.equal(await tryConnect(sandbox, await gatewayOf(settings.engineId), 21_500), 'EHOSTUNREACH');
  } finally {
    stranger.close();
    await listener.value.close();
  }
});

dockerTest('a port that Docker publishes for a container does not lead around the firewall', async () => {
  const published = await docker.createContainer({
    Image: image,
    Cmd: ['python3', '-m', 'http.server', '8000'],
    ExposedPorts: { '8000/tcp': {} },
    HostConfig: { PortBindings: { '8000/tcp': [{ HostPort: '' }] }, AutoRemove: true },
  });
  await published.start();
  try {
    const { NetworkSettings } = await published.inspect();
    const port = Number(NetworkSettings.Ports['8000/tcp']?.[0]?.HostPort);
    for (const address of [await gatewayOf(settings.engineId), ...ownV4()])
      assert.equal(await tryConnect(sandbox, address, port), 'EHOSTUNREACH', address);
  } finally {
    await published.remove({ force: true });
  }
});

dockerTest('the operator opens a port of a host, and nothing beside it', async () => {
  const [address = ''] = ownV4();
  const openedHosts = [{ host: address, port: portOf(service) }];
  const opening = new TestSandboxes({ more: { openedHosts } });
  const second = await startService(0);
  const inside = await opening.open('opened');
  try {
    assert.equal(await tryConnect(inside, address, portOf(service)), 'answered');
    assert.equal(await tryConnect(inside, address, portOf(second)), 'EHOSTUNREACH');
    assert.equal(await tryConnect(sandbox, address, portOf(service)), 'EHOSTUNREACH', "another engine's is as it was");
  } finally {
    second.close();
    await inside.close();
    await opening.close();
  }
});

dockerTest('the public internet is reached', async () => {
  const ip = (...words: string[]) => execFileSync('ip', words, { stdio: 'pipe' });
  try {
    ip('netns', 'add', 'lucid-public');
  } catch {
    return leaveOut('a public address, reached from a container', 'no network of its own can be made here');
  }
  try {
    ip('link', 'add', 'lucid-pub0', 'type', 'veth', 'peer', 'name', 'lucid-pub1', 'netns', 'lucid-public');
    ip('addr', 'add', '51.51.51.1/24', 'dev', 'lucid-pub0');
    ip('link', 'set', 'lucid-pub0', 'up');
    ip('-n', 'lucid-public', 'addr', 'add', '51.51.51.44/24', 'dev', 'lucid-pub1');
    ip('-n', 'lucid-public', 'link', 'set', 'lucid-pub1', 'up');
    const server = spawn('ip', ['netns', 'exec', 'lucid-public', 'python3', '-m', 'http.server', '80']);
    try {
      const asked = 'curl -s -o /dev/null -m 2 -w "%{http_code}" http://51.51.51.44/';
      await waitUntilHolds(async () => assert.equal(await readOutputOf(sandbox, asked), '200'));
      assert.equal(
        await tryConnect(sandbox, '51.51.51.1', portOf(service)),
        'EHOSTUNREACH',
        "the machine's own is not",
      );
    } finally {
      server.kill();
    }
  } finally {
    ip('netns', 'delete', 'lucid-public');
  }
});

dockerTest('firewall rules go with their network, and those of other networks stay', async () => {
  const another = { ...testSettingsFor(`${sandboxes.engineId}-gone`) };
  const network = await ensureClosedNetwork(docker, another);
  const mine = await docker.getNetwork(ownNetworkName(settings.engineId)).inspect();
  assert.ok(network.ok);
  assert.ok((await listTables()).includes(firewallTableOf(network.value.id)));
  await docker.getNetwork(network.value.id).remove();
  await removeOldFirewalls(docker, image);
  const left = await listTables();
  assert.ok(!left.includes(firewallTableOf(network.value.id)) && left.includes(firewallTableOf(mine.Id)));
  assert.equal(await tryConnect(sandbox, await gatewayOf(settings.engineId), portOf(service)), 'EHOSTUNREACH');
});

dockerTest('no container is started on a network of the operator from which the machine is reached', async () => {
  const named = { ...settings, network: 'bridge' };
  const refused = await ensureClosedNetwork(docker, named);
  assert.ok(!refused.ok && refused.failure.code === 'sandboxUnavailable');
  assert.match(
    refused.failure.detail,
    /reach this machine .*\(.*:8000.*\). DOCKER_NETWORK is yours to close\. .* ALLOW_OPEN/,
  );
  const taken = await ensureClosedNetwork(docker, { ...named, mayBeOpen: true });
  assert.ok(taken.ok && taken.value.problem?.includes('reach this machine'));
  const closed = await ensureClosedNetwork(docker, { ...named, network: 'none' });
  assert.deepEqual(closed, { ok: true, value: { id: 'none', problem: undefined } });
});
