// Sessions that act in Docker, as WebSocket, REST and Docker itself show them.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { DockerProxy } from '../../sandbox/testing/docker-proxy.ts';
import { dockerTest } from '../../sandbox/testing/docker-sandboxes.ts';
import { TestClient } from '../testing/client.ts';
import { DockerBase } from '../testing/docker.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { callAs, waitUntil, waitUntilHolds } from '../testing/rest.ts';

const options = { reaperIntervalMs: 100 };

type Held = { base: DockerBase; engine: TestEngine };

/** Starts an engine on a base path of its own; after the test neither may have left anything in Docker. */
async function startEngine(t: TestContext, environment: Record<string, string> = {}): Promise<Held> {
  const base = await DockerBase.create();
  const engine = await startTestEngine({ environment: { ...base.environment, ...environment }, options });
  t.after(async () => {
    await engine.close();
    await base.remove();
  });
  return { base, engine };
}

const startSession = async ({ ws }: TestEngine, task: string) => TestClient.start(ws, await signTestToken('ada'), task);

type Status = { active_sandboxes: number; active_sessions: number; docker_available: boolean; sandbox: string };
const statusOf = async ({ http }: TestEngine) => (await (await fetch(http)).json()) as Status;

const readFile = (engine: TestEngine, { sessionId }: TestClient, path: string) =>
  callAs<{ content: string }>(engine, 'ada', 'GET', `/api/v1/files/read?session_id=${sessionId}&path=${path}`);

const stopSession = (engine: TestEngine, { sessionId }: TestClient) =>
  callAs<{ status: string }>(engine, 'ada', 'DELETE', `/api/v1/sessions/${sessionId}`);

const observationsOf = ({ events }: TestClient) =>
  events.filter((frame) => frame.eventType === 'CmdOutputObservation').map((frame) => frame.content);

dockerTest(
  'a session acts in a container of its own, which holds its files, is counted, and is removed with it',
  async (t) => {
    const { base, engine } = await startEngine(t, { SANDBOX_WARM: '1' });
    await waitUntil(async () => (await base.listWarm()).length === 1);
    const client = await startSession(engine, 'work in a container');
    await client.waitForStatus('completed');
    assert.deepEqual(observationsOf(client), ['', 'Hello from Lucid!\n']);

    const { sessionId } = client;
    const made = await base.run(sessionId, 'cat project/hello.py; echo inside > project/made.txt');
    assert.match(made, /print\("Hello from Lucid!"\)/);
    const path = `/api/v1/files/list?session_id=${sessionId}`;
    const { body } = await callAs<{ tree: { children: { path: string }[] }[] }>(engine, 'ada', 'GET', path);
    assert.deepEqual(
      body.tree[0]?.children.map((node) => node.path),
      ['/workspace/project/hello.py', '/workspace/project/made.txt'],
    );
    assert.equal((await readFile(engine, client, '/workspace/project/made.txt')).body.content, 'inside\n');

    await waitUntil(async () => (await statusOf(engine)).docker_available);
    await waitUntil(async () => (await statusOf(engine)).active_sandboxes === 1);
    assert.partialDeepStrictEqual(await statusOf(engine), { sandbox: 'docker', active_sessions: 1 });
    const removed = await stopSession(engine, client);
    assert.deepEqual([removed.status, removed.body.status], [200, 'stopped']);
    assert.deepEqual(
      (await base.listLeft()).filter((name) => !name.startsWith('warm-')),
      [],
    );
    await waitUntil(async () => (await statusOf(engine)).active_sandboxes === 0);
  },
);

dockerTest('two engines on one daemon leave each other’s containers alone', async (t) => {
  const [one, other] = await Promise.all([startEngine(t), startEngine(t)]);
  const [client, others] = await Promise.all([startSession(one.engine, 'here'), startSession(other.engine, 'there')]);
  await Promise.all([client.waitForStatus('completed'), others.waitForStatus('completed')]);
  const { Id: id } = await other.base.container(others.sessionId).inspect();
  await stopSession(one.engine, client);
  await one.engine.stop();
  assert.deepEqual([await one.base.listLeft(), await one.base.listNetworks()], [[], []], 'a clean stop leaves nothing');
  assert.equal((await other.base.listNetworks()).length, 1);
  others.send({ type: 'message', content: 'still there?' });
  await others.waitForStatus('completed', others.events.at(-1)?.sequence);
  assert.equal(observationsOf(others).at(-1), 'hello.py\n');
  assert.equal((await other.base.container(others.sessionId).inspect()).Id, id);
});

dockerTest('a passivated session has its container paused, and works on in it when it is activated', async (t) => {
  const { base, engine } = await startEngine(t, { HIBERNATE_AFTER: '0' });
  const client = await startSession(engine, 'sleep');
  const first = await client.waitForStatus('completed');
  const { sessionId } = client;
  const { Id: id } = await base.container(sessionId).inspect();
  await waitUntil(() => base.isPaused(sessionId));
  await waitUntil(async () => (await statusOf(engine)).active_sandboxes === 0);
  client.send({ type: 'message', content: 'wake up' });
  await client.waitForStatus('completed', first.sequence);
  assert.equal(observationsOf(client).at(-1), 'hello.py\n');
  assert.equal((await base.container(sessionId).inspect()).Id, id);
  await waitUntil(() => base.isPaused(sessionId));
});

dockerTest(
  'a session that is passivated too long has its container removed, and is told when it is activated',
  async (t) => {
    const { base, engine } = await startEngine(t, { HIBERNATE_AFTER: '0', SANDBOX_REMOVE_AFTER: '0.5' });
    const client = await startSession(engine, 'sleep long');
    const first = await client.waitForStatus('completed');
    await waitUntil(async () => (await base.listLeft()).length === 0);
    client.send({ type: 'message', content: 'wake up' });
    await client.waitForStatus('completed', first.sequence);
    const [emptied] = client.events.filter((frame) => frame.eventType === 'WorkspaceEmptied');
    assert.match(emptied?.content ?? '', /given up while the session rested/);
    assert.match(observationsOf(client).at(-1) ?? '', /No such file/);
  },
);

dockerTest('a session whose image is missing fails, and says how to build the image', async (t) => {
  const { base, engine } = await startEngine(t, { SANDBOX_IMAGE: 'lucid-no-such-image' });
  const client = await startSession(engine, 'no image');
  const { message, code } = await client.waitForType('error');
  assert.equal(code, 'sandboxUnavailable');
  assert.match(message ?? '', /"lucid-no-such-image" is not there; make it with "npm run sandbox:build"/);
  await client.closed;
  await waitUntilHolds(async () => assert.deepEqual(await base.listLeft(), []));
  await waitUntil(async () => (await statusOf(engine)).active_sessions === 0);
});

dockerTest(
  'a session fails while Docker is away, and says what to do; the next one works when it is back',
  async (t) => {
    const proxy = new DockerProxy();
    t.after(() => proxy.close());
    const { engine } = await runWithDockerAt(proxy.socketPath, () => startEngine(t));
    proxy.break();
    const client = await startSession(engine, 'no Docker');
    const { message, code } = await client.waitForType('error');
    assert.equal(code, 'sandboxUnavailable');
    assert.match(message ?? '', /^Docker does not answer .*; start it, or set SANDBOX to "local"/);
    await client.closed;
    proxy.recover();
    const next = await startSession(engine, 'Docker again');
    await next.waitForStatus('completed');
    assert.equal(observationsOf(next).at(-1), 'Hello from Lucid!\n');
    await stopSession(engine, next);
  },
);

/** Runs `act` with the Docker client pointed at another socket. */
async function runWithDockerAt<T>(socketPath: string, act: () => Promise<T>): Promise<T> {
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = `unix://${socketPath}`;
  try {
    return await act();
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  }
}
