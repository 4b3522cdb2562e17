// The socket filter before the real Docker: sandboxes work through it as without it, and what isn't the engine's can't be touched.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { buildContainerOptions, labels, ownNetworkName } from '../docker/container-settings.ts';
import { openDocker } from '../docker/docker-client.ts';
import { buildExecOptions } from '../docker/exec.ts';
import type { Sandbox } from '../sandbox.ts';
import {
  docker,
  dockerHooks,
  dockerTest,
  readOutputOf,
  runCommandIn,
  TestSandboxes,
} from '../testing/docker-sandboxes.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { type AllowedValues, filterLabel } from './request-bodies.ts';
import { SocketFilter } from './socket-filter.ts';

const folder = mkdtempSync('/tmp/lucid-filter-');
const socketPath = path.join(folder, 'docker.sock');
const throughFilter = openDocker({ socketPath });
const sandboxes = new TestSandboxes({ docker: throughFilter });
const stranger = new TestSandboxes();
const { image } = sandboxes.settings;
const refused: string[] = [];
let filter: SocketFilter;
let sandbox: Sandbox;

const openFilter = (daemonPath: string, at: string, more: Partial<AllowedValues> = {}) =>
  SocketFilter.open({
    daemonPath,
    socketPath: at,
    allowed: {
      filterId: sandboxes.engineId,
      image,
      user: 'agent',
      devcontainerImages: [],
      network: undefined,
      runtime: undefined,
      ...more,
    },
    onRefused: ({ reason }) => void refused.push(reason),
  });

dockerHooks.before(async () => {
  filter = await openFilter('/var/run/docker.sock', socketPath);
  [sandbox] = await Promise.all([sandboxes.open('gated'), stranger.open('stranger')]);
});
dockerHooks.after(async () => {
  await sandbox?.close();
  assert.deepEqual(await sandboxes.close(), []);
  await stranger.close();
  await filter?.close();
  rmSync(folder, { recursive: true });
});

const statusOf = (act: Promise<unknown>): Promise<number | undefined> =>
  act.then(
    () => 200,
    (error: { statusCode?: number }) => error.statusCode,
  );

dockerTest('a sandbox works through the filter: its shell, its files, and all of a long output', async () => {
  assert.equal(await readOutputOf(sandbox, 'echo inside > made.txt; cat made.txt'), 'inside\n');
  const read = await sandbox.read('/workspace/made.txt');
  assert.equal(read.ok && read.value.content, 'inside\n');
  const long = await runCommandIn(
    sandbox,
    'head -c 20000000 /dev/zero | tr "\\0" x | wc -c; yes | head -c 3000000 | tail -c 4',
  );
  assert.match(long.output, /^20000000\ny\ny\n$/);
  const usage = await sandbox.measureUsage();
  assert.ok(usage.ok && Number(usage.value.processes) > 0);
});

dockerTest('what was made through the filter is marked as such, and nothing else is listed', async () => {
  const listed = await throughFilter.listContainers({ all: true });
  assert.deepEqual(
    listed.flatMap(({ Labels }) => (labels.disks in Labels ? [] : Labels[labels.session])),
    ['gated'],
  );
  const { Volumes } = await throughFilter.listVolumes();
  assert.deepEqual(new Set(Volumes.map(({ Labels }) => Labels[filterLabel])), new Set([sandboxes.engineId]));
  assert.equal((await throughFilter.listNetworks()).length, 1);
});

dockerTest('containers, volumes, networks and commands of others are not found', async () => {
  const name = `${stranger.settings.containerPrefix}stranger`;
  const other = throughFilter.getContainer(name);
  const exec = await docker.getContainer(name).exec({ Cmd: ['sleep', '1'] });
  assert.deepEqual(
    await Promise.all([
      statusOf(other.inspect()),
      statusOf(other.remove({ force: true })),
      statusOf(other.pause()),
      statusOf(other.exec(buildExecOptions({ command: ['id'] }))),
      statusOf(throughFilter.getExec(exec.id).start({ hijack: true, stdin: true })),
      statusOf(throughFilter.getVolume(name).remove()),
      statusOf(throughFilter.getNetwork(ownNetworkName(stranger.engineId)).remove()),
    ]),
    Array(7).fill(404),
  );
  await docker.getContainer(name).inspect();
});

dockerTest("a sandbox can't be made on another's workspace or network", async () => {
  const taken = `${stranger.settings.containerPrefix}stranger`;
  const make = (volume: string, network: string) => {
    const options = buildContainerOptions({ ...sandboxes.settings, network }, volume, 'x');
    return statusOf(throughFilter.createContainer({ ...options, name: `${volume}-x` }));
  };
  const [own] = await throughFilter.listNetworks();
  assert.deepEqual(
    [await make(taken, own?.Id ?? ''), await make('fresh', 'host'), await make('fresh', 'bridge')],
    [404, 404, 404],
  );
});

dockerTest('a request that the engine never makes is refused and logged, and does not reach Docker', async () => {
  refused.length = 0;
  const wishes = [
    throughFilter.info(),
    throughFilter.listImages(),
    throughFilter.createContainer({ Image: image, HostConfig: { Binds: ['/:/host'] }, name: 'x' }),
    throughFilter.createVolume({ Name: 'x' }),
    throughFilter.getContainer('lucid').getArchive({ path: '/' }),
  ];
  assert.deepEqual(await Promise.all(wishes.map((wish) => statusOf(wish))), Array(5).fill(403));
  assert.equal(refused.length, 5);
});

/**
 * Sends bytes unchanged on a connection of its own.
 * @param last what is waited for, however long that takes; without it what comes within a second
 * @returns what comes back
 */
async function sendBytes(bytes: string, last?: RegExp): Promise<string> {
  const socket = connect(socketPath);
  socket.write(bytes);
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  const isOver = last ? waitUntil(() => last.test(received) || socket.closed) : setTimeout(1_000);
  await Promise.race([once(socket, 'close'), isOver]);
  socket.destroy();
  return received;
}

dockerTest('a second request that hides behind a first one does not reach Docker', async () => {
  const hidden = 'GET /info HTTP/1.1\r\nHost: x\r\n\r\n';
  const smuggling = [
    `POST /containers/create?name=x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 60\r\n\r\n{}${hidden}`,
    `POST /containers/create?name=x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `POST /exec/x/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `POST /exec/x/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}${hidden}`,
    `GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n${hidden}`,
    `GET /containers/../info HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET http://docker/info HTTP/1.1\r\nHost: x\r\n\r\n`,
  ];
  for (const bytes of smuggling) assert.doesNotMatch(await sendBytes(bytes), /"Containers"|^HTTP\/1\.1 [12]0/m, bytes);
  const pipelined = await sendBytes(`GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`, /^HTTP\/1\.1 403/m);
  assert.deepEqual(pipelined.match(/^HTTP\/1\.1 \d+/gm), ['HTTP/1.1 200', 'HTTP/1.1 403']);
});

dockerTest('a body that is too long is refused', async () => {
  const asked = request({ socketPath, path: '/containers/create?name=x', method: 'POST' });
  asked.on('error', () => undefined);
  asked.end('x'.repeat(1024 * 1024));
  const [answer] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }];
  answer.resume();
  assert.equal(answer.statusCode, 403);
});

dockerTest('a filter breaks connections off while its Docker is away', async () => {
  const at = path.join(folder, 'away.sock');
  const away = await openFilter('/dev/null', at);
  await assert.rejects(openDocker({ socketPath: at }).ping(), { code: 'ECONNRESET' });
  await away.close();
});
