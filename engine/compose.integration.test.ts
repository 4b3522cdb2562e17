// `docker compose up`, as it stands: agents in containers of their own with a key, a script without one, Caddy in front, and
// nothing left.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { FakeProvider } from '../actors/testing/provider/fake-provider.ts';
import { callsOf } from '../actors/testing/provider/stand-in.ts';
import { answer } from '../actors/testing/provider/steps.ts';
import { filterLabel } from '../sandbox/socket-filter/request-bodies.ts';
import { GitServer } from '../sandbox/testing/git-server.ts';
import { leaveOut } from '../sandbox/testing/left-out.ts';
import type { AdminSession } from '../schema/protocol/routes/admin.ts';
import type { AdminEngines } from '../schema/protocol/routes/admin-engines.ts';
import { TestClient } from './testing/client.ts';
import { Compose, findCompose, productionEnvironment } from './testing/compose/compose.ts';
import { docker } from './testing/compose/stand-ins.ts';
import { signTestToken, testSecret } from './testing/engine.ts';

const isWanted = process.env.REQUIRE_COMPOSE === '1';
const command = isWanted ? await findCompose() : undefined;
if (isWanted && command === undefined)
  throw new Error('REQUIRE_COMPOSE is 1, but there is neither "docker compose" nor "docker-compose".');

/** Building the images takes minutes. */
const composeTest = (name: string, act: (compose: Compose) => Promise<void>): void => {
  if (command === undefined) leaveOut('the compose file, brought up', 'REQUIRE_COMPOSE is not 1');
  else void test(name, { timeout: 600_000 }, async () => act(await opened(command)));
};

let opening: Promise<Compose> | undefined;
const opened = (command: string[]): Promise<Compose> => {
  opening ??= Compose.open(command);
  return opening;
};
const closers: (() => Promise<void>)[] = [];
after(
  async () => {
    const compose = await opening;
    await compose?.close();
    await Promise.all(closers.map((close) => close()));
    assert.deepEqual(await compose?.listLeft(), compose && []);
  },
  { timeout: 300_000 },
);

composeTest('the database starts by itself, without the engine’s secrets', async (compose) => {
  await compose.up('db');
});

composeTest('with a key agents work in containers, clone and push; stopping leaves none', async (compose) => {
  const { fakeProvider, git } = await startOutsideServers(await compose.findGatewayAddress());
  compose.setEnvironment({
    ...productionEnvironment,
    ANTHROPIC_API_KEY: 'sk-ant-of-compose-0123456789',
    LLM_BASE_URL: fakeProvider.url,
    GIT_ALLOWED_HTTP_HOSTS: git.host,
    SANDBOX_MEMORY_LIMIT: '384m',
    SANDBOX_WARM: '1',
    HOST_THREADS: '1',
  });
  await compose.up();
  assert.partialDeepStrictEqual(await waitUntilReady(compose), { mode: 'full', sandbox: 'docker' });

  const client = await TestClient.start(compose.addresses.ws, await signTestToken('ada'), 'Push a branch.', {
    repoUrl: git.urlOf('user/app'),
    gitUserName: 'Ada',
    gitUserEmail: 'ada@lucid.invalid',
  });
  const { reason } = await client.waitForStatus('completed');
  const [seen] = client.events.filter(({ eventType }) => eventType === 'CmdOutputObservation');
  assert.equal(reason, 'finished', JSON.stringify(client.events));
  assert.match(seen?.content ?? '', /^This is user\/app\.\nagent\n/);
  assert.ok(git.requests.some(({ url }) => url.includes('git-receive-pack')));
  assert.equal((await containersOf(client.sessionId)).length, 1);

  const filterId = await compose.readFile('docker_gate', '/run/lucid-gate/id');
  assert.notDeepEqual(await listMadeThrough(filterId), nothing);
  await stopSession(compose.addresses, client.sessionId);
  assert.deepEqual(await containersOf(client.sessionId), []);
  await compose.stop();
  assert.deepEqual(await listMadeThrough(filterId), nothing);
});

composeTest('without Docker and without a key a script plays the agents', async (compose) => {
  compose.setEnvironment({ DOCKER_SOCKET: '/dev/null', ANTHROPIC_API_KEY: '', DOMAIN: domain });
  await compose.up();
  assert.partialDeepStrictEqual(await waitUntilReady(compose), { mode: 'mock', docker_available: false });
  const client = await TestClient.start(compose.addresses.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('completed');
  await client.close();
});

composeTest('the frontend has the console, the API and the WebSocket on one origin', async ({ frontend }) => {
  const page = await fetch(`${frontend.http}/console/`);
  assert.match(page.headers.get('Content-Security-Policy') ?? '', /frame-ancestors 'none'/);
  const [script = ''] = /\/console\/assets\/[\w.-]+\.js/.exec(await page.text()) ?? [];
  const asset = await fetch(`${frontend.http}${script}`);
  assert.match(asset.headers.get('Cache-Control') ?? '', /immutable/);
  const client = await TestClient.start(frontend.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('completed');
  await client.close();
});

composeTest('a name of its own is served over https, with a certificate for it', async (compose) => {
  const ca = await compose.readFile('frontend_domain', '/data/caddy/pki/authorities/local/root.crt');
  const asked = request({
    host: '127.0.0.1',
    port: compose.frontend.domainPort,
    servername: domain,
    ca,
    path: '/health',
    headers: { Host: domain },
  });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  assert.deepEqual([answer.statusCode, answer.headers['strict-transport-security']], [200, 'max-age=31536000']);
  answer.destroy();
});

composeTest(
  'with the profile cluster a session goes on at another engine, in its container, when its own is killed',
  async (compose) => {
    const { frontend } = compose;
    const more = {
      COMPOSE_PROFILES: 'cluster',
      ENCRYPTION_KEY: testSecret,
      ADMIN_KEY: testSecret,
      HOST_THREADS: '1',
      DOMAIN: '',
      DOCKER_SOCKET: '',
      SANDBOX: 'docker',
      SANDBOX_MEMORY_LIMIT: '384m',
      SANDBOX_WARM: '0',
    };
    compose.setEnvironment(more);
    await compose.up();
    await waitUntilAllAreThere(compose, ['ai_engine', 'ai_engine_2', 'ai_engine_3']);
    assert.equal(await compose.run('ai_engine_2', storeCheck), 'stored');
    const client = await TestClient.start(frontend.ws, await signTestToken('ada'), 'Emit 1 event');
    await client.waitForStatus('completed');
    await writeFile(frontend, client.sessionId, unstored); // It takes as long as a container, which the turn must not be over by.
    const before = await containersOf(client.sessionId);
    const countBefore = client.events.length;
    client.send({ type: 'message', content: 'Emit 300 events, 1 every 50 ms' });
    await client.waitFor('ten more events', () => client.events.length > countBefore + 10);
    const owner = await findOwner(frontend, client.sessionId);
    await compose.kill(owner);
    await client.closed;
    const next = await attachAgain(frontend, client);
    const { sequence: last = 0 } = await next.waitForStatus('completed');
    const seen = [client, next].flatMap(({ events }) => events.map(({ sequence }) => sequence));
    assert.deepEqual(
      seen,
      Array.from({ length: last }, (_, at) => at + 1),
      'each event once',
    );
    assert.notEqual(await findOwner(frontend, client.sessionId), owner);
    assert.equal(await readFile(frontend, client.sessionId, unstored), 'as it was');
    assert.deepEqual([await containersOf(client.sessionId), before.length], [before, 1]);
    const told = [client, next].flatMap(({ events }) => events.map(({ eventType }) => eventType));
    assert.ok(!told.includes('WorkspaceEmptied') && !told.includes('WorkspaceRestored'));
    await next.close();
    await stopSession(compose.frontend, client.sessionId);
    const filterId = await compose.readFile('docker_gate', '/run/lucid-gate/id');
    await compose.stop();
    const left = await listMadeThrough(filterId);
    assert.deepEqual([left.containers, left.networks], [[], []]);
    if (left.volumes.length > 0) await docker('volume', 'rm', ...left.volumes); // The maker of disks of the killed engine left its own.
  },
);

/** In a folder of which no snapshot has anything: what brings it back isn't the store. */
const unstored = 'node_modules/kept.txt';

const asAda = { 'X-User-ID': 'ada', 'X-Internal-Key': productionEnvironment.INTERNAL_API_KEY };

async function writeFile(at: { http: string }, sessionId: string, path: string): Promise<void> {
  const body = JSON.stringify({ session_id: sessionId, path, content: 'as it was' });
  const headers = { ...asAda, 'Content-Type': 'application/json' };
  const answered = await fetch(`${at.http}/api/v1/files/write`, { method: 'POST', headers, body });
  assert.equal(answered.status, 200, await answered.text());
}

async function readFile(at: { http: string }, sessionId: string, path: string): Promise<string> {
  const query = new URLSearchParams({ session_id: sessionId, path });
  const answered = await fetch(`${at.http}/api/v1/files/read?${query}`, { headers: asAda });
  return ((await answered.json()) as { content: string }).content;
}

/** Whether the store of workspaces takes and gives, with what the engine has been told of it. */
const storeCheck = `
  const { S3Store } = await import('/app/sandbox/snapshot/store/s3-store.ts');
  const { readFileSync } = await import('node:fs');
  const secret = readFileSync('/run/lucid-bus/store-secret', 'utf8');
  const place = { endpoint: 'http://workspaces:7070', bucket: 'lucid', prefix: '', region: 'us-east-1', key: 'lucid', secret };
  const store = new S3Store(place);
  await store.put('checks/one', (async function* () { yield Buffer.from('stored'); })());
  const parts = [];
  for await (const part of await store.get('checks/one')) parts.push(part);
  console.log(Buffer.concat(parts).toString());
  store.close();
`;

/** Names below `.localhost` get certificates from Caddy itself. */
const domain = 'lucid.localhost';

type Status = { mode: string; sandbox: string; docker_available: boolean };

const work =
  'cat README.md; id -un; git checkout -qb more; echo more >> README.md; git commit -qam More; git push -q origin more';

/** A server outside of the deployment, at an address of this machine that its containers reach. */
async function startOutsideServers(address: string): Promise<{ fakeProvider: FakeProvider; git: GitServer }> {
  const [fakeProvider, git] = await Promise.all([FakeProvider.open(address), GitServer.start({ address })]);
  closers.push(
    () => fakeProvider.close(),
    () => git.close(),
  );
  git.addRepository('user/app');
  const { shell, finish } = callsOf('anthropic');
  fakeProvider.plan('anthropic', answer({ calls: [shell(work)] }), answer({ calls: [finish('Pushed.')] }));
  return { fakeProvider, git };
}

/** Waits until the engine is ready. @returns its status then */
async function waitUntilReady(compose: Compose): Promise<Status> {
  for (let tries = 0; tries < 600; tries++) {
    const answered = await fetch(`${compose.addresses.http}/ready`).catch(() => undefined);
    if (answered?.ok) return (await (await fetch(compose.addresses.http)).json()) as Status;
    await delay(200);
  }
  throw new Error(`It did not become ready:\n${await compose.logs('ai_engine')}${await compose.logs('docker_gate')}`);
}

async function readAdmin<Body>(at: { http: string }, path: string): Promise<Body | undefined> {
  const headers = { 'X-Admin-Key': testSecret };
  const answered = await fetch(`${at.http}/api/v1/admin/${path}`, { headers }).catch(() => undefined);
  return answered?.ok ? ((await answered.json()) as Body) : undefined;
}

/** Waits until each of these engines has beaten, over the bus's certificates and through Caddy. */
async function waitUntilAllAreThere(compose: Compose, nodes: string[]): Promise<void> {
  const listLiving = async () => {
    const { engines = [] } = (await readAdmin<AdminEngines>(compose.frontend, 'engines')) ?? {};
    return engines.filter(({ beatAt }) => beatAt !== null).map(({ node }) => node);
  };
  for (let tries = 0; tries < 300; tries++) {
    if (isDeepStrictEqual(await listLiving(), nodes)) return;
    await delay(400);
  }
  const logs = await Promise.all(['bus_keys', 'nats-1', 'frontend', ...nodes].map((service) => compose.logs(service)));
  throw new Error(`Not all are there, but ${await listLiving()}:\n${logs.join('\n').slice(-8_000)}`);
}

/** @returns the node whose engine has the session */
async function findOwner(at: { http: string }, sessionId: string): Promise<string> {
  const [all, listed] = await Promise.all([
    readAdmin<AdminEngines>(at, 'engines'),
    readAdmin<{ sessions: AdminSession[] }>(at, 'sessions?user=ada'),
  ]);
  const runId = listed?.sessions.find((session) => session.sessionId === sessionId)?.runId;
  return all?.engines.find((engine) => engine.runId === runId)?.node ?? assert.fail(JSON.stringify({ all, listed }));
}

/** As a client does whose engine is gone: with the last event that it saw, until there is one that answers. */
async function attachAgain(at: { ws: string }, { sessionId, events }: TestClient): Promise<TestClient> {
  const { epoch, sequence } = events.at(-1) ?? assert.fail('it has seen nothing');
  const query = `token=${await signTestToken('ada')}&session_id=${sessionId}&epoch=${epoch}&last_sequence=${sequence}`;
  for (let tries = 0; tries < 300; tries++) {
    const client = await TestClient.open(`${at.ws}?${query}`).catch(() => undefined);
    const isAttached = client?.waitForType('attached').then(() => true);
    if (client && (await Promise.race([isAttached, client.closed])) === true) return client;
    await delay(300);
  }
  throw new Error('No engine took it.');
}

async function stopSession(at: { http: string }, sessionId: string): Promise<void> {
  const url = `${at.http}/api/v1/sessions/${sessionId}`;
  const answered = await fetch(url, { method: 'DELETE', headers: asAda });
  assert.equal(answered.status, 200);
}

const listInDocker = async (...args: string[]) => (await docker(...args)).stdout.split('\n').filter(Boolean);

const containersOf = (sessionId: string) => listInDocker('ps', '--all', '--quiet', '--filter', `name=${sessionId}`);

type Made = { containers: string[]; volumes: string[]; networks: string[] };
const nothing: Made = { containers: [], volumes: [], networks: [] };

/** What the deployment's engines have made. */
async function listMadeThrough(filterId: string): Promise<Made> {
  const filter = ['--quiet', '--filter', `label=${filterLabel}=${filterId}`];
  const [containers, volumes, networks] = await Promise.all([
    listInDocker('ps', '--all', ...filter),
    listInDocker('volume', 'ls', ...filter),
    listInDocker('network', 'ls', ...filter),
  ]);
  return { containers, volumes, networks };
}
