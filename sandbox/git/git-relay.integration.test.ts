// Containers reach the git proxy of an engine in a container through the relay, at their own network's gateway.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import type { Sandbox } from '../sandbox.ts';
import { docker, dockerHooks, dockerTest, readOutputOf, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { GitServer } from '../testing/git-server.ts';
import { token } from '../testing/test-git-proxy.ts';
import { waitUntilHolds } from '../testing/wait-until.ts';
import { isOnContainerBridge } from './bridges.ts';
import { GitProxy } from './git-proxy.ts';
import { GitRelay, readLine, relaySocketName } from './git-relay.ts';
import { gitProxyPorts } from './listen-address.ts';
import { makeDockerAddressFinder } from './listen-address-docker.ts';
import { RelayedAddress } from './listen-address-relayed.ts';
import { prepareRepository } from './repository.ts';

const folder = mkdtempSync('/tmp/lucid-relay-');
const sandboxes = new TestSandboxes();
let relay: GitRelay;
let sandbox: Sandbox;
let address: string;
let peers: string[];

dockerHooks.before(async () => {
  relay = await GitRelay.open(folder);
  sandbox = await sandboxes.open('relayed');
  const [network] = await docker.listNetworks({ filters: { name: [`lucid-${sandboxes.engineId}`] } });
  const [config] = network?.IPAM?.Config ?? [];
  address = config?.Gateway ?? '';
  peers = [config?.Subnet ?? ''];
});
dockerHooks.after(async () => {
  await sandbox?.close();
  assert.deepEqual(await sandboxes.close(), []);
  await relay?.close();
  rmSync(folder, { recursive: true });
});

const listFilesLeft = () => readdirSync(folder).filter((name) => name !== relaySocketName);

dockerTest('a repository is cloned through the relay, and nothing is left when the git proxy closes', async () => {
  const server = await GitServer.start({ token });
  server.addRepository('user/app');
  const relayed = new RelayedAddress(folder);
  const bugs: unknown[] = [];
  const proxy = new GitProxy({
    findListenAddress: makeDockerAddressFinder(sandboxes.settings, docker, relayed),
    allowed: new Set([server.host]),
    onBug: (error) => bugs.push(error),
  });
  const grant = await proxy.grant({ repoUrl: server.urlOf('user/app'), token });
  assert.ok(grant.ok, grant.ok ? '' : grant.failure.detail);
  assert.ok(grant.value.url.startsWith(`http://${address}:`), grant.value.url);
  const { signal } = new AbortController();
  const request = { grant: grant.value, branch: null, userName: null, userEmail: null, signal };
  const repository = await prepareRepository(sandbox, request);
  assert.ok(repository.ok, repository.ok ? '' : repository.failure.detail);
  assert.match(await readOutputOf(sandbox, 'git log --oneline | head -1'), /^[0-9a-f]{7} /);
  await proxy.close();
  relayed.close();
  await server.close();
  await waitUntilHolds(() => assert.deepEqual([listFilesLeft(), bugs], [[], []]));
});

dockerTest('a client outside of the sandboxes’ network may not connect to the relay', async () => {
  const relayed = new RelayedAddress(folder);
  const opened = await relayed.obtain(address, ['192.0.2.0/24'], gitProxyPorts);
  assert.ok(opened.ok && opened.value.kind === 'socket');
  const proxy = createServer((socket) => void socket.end('hello'));
  await once(proxy.listen(opened.value.socketPath), 'listening');
  const [, port] = opened.value.hostname.split(':');
  assert.equal(await readLine(connect(Number(port), address).on('error', () => undefined)), undefined);
  proxy.close();
  relayed.close();
});

dockerTest('a killed engine leaves no port and no socket open, and another engine gets the port', async () => {
  const first = new RelayedAddress(folder);
  const opened = await first.obtain(address, peers, gitProxyPorts);
  assert.ok(opened.ok && opened.value.kind === 'socket');
  const server = createServer().listen(opened.value.socketPath);
  await once(server, 'listening');
  assert.equal(listFilesLeft().length, 1);
  first.close();
  const again = new RelayedAddress(folder);
  const before = opened.value.hostname;
  await waitUntilHolds(async () => {
    again.close();
    const next = await again.obtain(address, peers, gitProxyPorts);
    assert.ok(next.ok && next.value.kind === 'socket');
    assert.equal(next.value.hostname, before);
  });
  again.close();
  server.close();
});

dockerTest(
  'the relay listens only on bridges of Docker, and connects only to engines’ sockets in its folder',
  async () => {
    const ask = async (change: object) => {
      const engine = connect(path.join(folder, relaySocketName));
      engine.write(`${JSON.stringify({ address, peers, ports: gitProxyPorts, socket: 'x.sock', ...change })}\n`);
      const line = await readLine(engine);
      engine.destroy();
      return line ?? '';
    };
    for (const change of [
      { address: '::' },
      { address: '0::' },
      { address: '0:0:0:0:0:0:0:0' },
      { address: '0000::1' },
      { address: 'fe80::1' },
      { address: `::ffff:${address}` },
      { address: 'localhost' },
      { socket: relaySocketName },
      { socket: '../docker.sock' },
      { socket: '/var/run/docker.sock' },
      { ports: { min: 22, count: 1 } },
      { more: true },
    ])
      assert.match(await ask(change), /does not understand/, JSON.stringify(change));
    const outside = Object.values(networkInterfaces()).flatMap((infos = []) =>
      infos.flatMap(({ family, address }) => (family === 'IPv4' && !isOnContainerBridge(address) ? [address] : [])),
    );
    for (const elsewhere of ['0.0.0.0', '127.0.0.1', '8.8.8.8', '10.255.255.254', ...outside])
      assert.match(await ask({ address: elsewhere }), /is not on a bridge of Docker/, elsewhere);
    const unusedAddress = address.replace(/\d+$/, '77');
    assert.match(await ask({ address: unusedAddress }), /No port is free at/);
    assert.match(
      await ask({ peers: ['anywhere', `${address}/x`] }),
      /"port":213/,
      'nobody can connect, and the relay goes on',
    );
    assert.match(await ask({}), /"port":213/);
  },
);

dockerTest('a missing relay is a failure that says so', async () => {
  const opened = await new RelayedAddress('/tmp/no-such-folder').obtain(address, peers, gitProxyPorts);
  assert.match(opened.ok ? '' : opened.failure.detail, /relay .* does not answer/i);
});
