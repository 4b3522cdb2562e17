// Engines of a cluster that share a Docker daemon: a session goes on in its container whichever of them owns it, and what nobody
// needs is removed by one of them, which never touches what another one has.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { dockerDescribe } from '../../sandbox/testing/docker-sandboxes.ts';
import type { Frame, TestClient } from '../testing/client.ts';
import { attachAt, startAt, TestCluster } from '../testing/cluster.ts';
import { DockerBase, dockerEnvironment } from '../testing/docker.ts';
import { startTestEngine } from '../testing/engine.ts';
import { natsTest } from '../testing/nats.ts';
import { waitUntil } from '../testing/rest.ts';

const shared = { ...dockerEnvironment, SANDBOX_SHARED: '1' };
const options = { reaperIntervalMs: 500 };
const Owner = v.object({ id: v.string() });

async function readOwnerId(databaseUrl: string): Promise<string> {
  const pool = await openPool(databaseUrl, { connectionsMax: 1, statementTimeoutMs: 20_000, onError: () => undefined });
  try {
    return (await pool.one(sql.type(Owner)`SELECT id FROM lucid_engine.sandbox_owner`)).id;
  } finally {
    await pool.end();
  }
}

/** The containers of the engines of a cluster, once one has started; they are removed once all have ended. */
async function openContainers(t: TestContext, { databaseUrl }: TestCluster): Promise<DockerBase> {
  const ownerId = await readOwnerId(databaseUrl);
  const base = await DockerBase.create(async () => ownerId);
  t.after(() => base.remove());
  return base;
}

const countSleeping = 'pgrep -fc "sleep [4]711"';
const isWritten = (frame: Frame) => frame.eventType === 'FileWriteObservation';
const observationsOf = (clients: TestClient[]) =>
  clients
    .flatMap(({ events }) => events)
    .filter(({ eventType }) => eventType === 'CmdOutputObservation')
    .map(({ content }) => content);
const noticesOf = (clients: TestClient[]) =>
  clients.flatMap(({ events }) => events).filter(({ eventType }) => eventType?.startsWith('Workspace'));

const attachAfter = (engine: { http: string; ws: string }, { sessionId, events }: TestClient) =>
  attachAt(engine, sessionId, events.at(-1) as { epoch: number; sequence: number });

/** Says one more thing, and waits for the end of that turn. */
async function goOn(client: TestClient, content: string): Promise<void> {
  const last = client.events.at(-1)?.sequence ?? 0;
  client.send({ type: 'message', content });
  await client.waitForStatus('completed', last);
}

dockerDescribe('engines that share a Docker daemon', () => {
  natsTest(
    'after kill -9 of an engine its turn goes on at another one in the same container, and what is nobody’s goes',
    async (t) => {
      const cluster = await TestCluster.start(t);
      const dying = await cluster.addProcess({ ...shared, SANDBOX_WARM: '1', MOCK_STEP_DELAY_MS: '2000' });
      const base = await openContainers(t, cluster);
      await waitUntil(async () => (await base.listWarm()).length === 1);
      const leftWarm = await base.listWarm();
      const [b, c] = [await cluster.addEngine(shared, options), await cluster.addEngine(shared, options)];
      const others = await cluster.startAt(c, 'stay here');
      await others.waitForStatus('completed');
      const kept = await base.findId(others.sessionId);
      const waits = await cluster.startAt(dying, 'wait', { gitToken: 'a token that is in memory only' });
      await waits.waitFor('file', isWritten);
      const client = await cluster.startAt(dying, 'go on');
      await client.waitFor('file', isWritten);
      const own = await base.findId(client.sessionId);
      await base.run(client.sessionId, 'echo home >~/kept; nohup setsid sleep 4711 </dev/null >/dev/null 2>&1 &');
      await waitUntil(async () => /1\n$/.test(await base.run(client.sessionId, countSleeping)));
      await dying.kill();
      assert.ok(!client.events.some(({ status }) => status === 'completed'));

      const back = await attachAfter(b, client);
      await back.waitForStatus('completed');
      assert.equal(await base.findId(client.sessionId), own);
      assert.equal(observationsOf([back]).at(-1), 'Hello from Lucid!\n', 'what was written before is run now');
      assert.deepEqual(noticesOf([client, back]), []);
      assert.match(await base.run(client.sessionId, `cat ~/kept; ${countSleeping}`), /home\n.*1\n$/s);

      await waitUntil(async () => !(await base.listWarm()).some((name) => leftWarm.includes(name)));
      await waitUntil(() => base.isPaused(waits.sessionId));
      assert.deepEqual([await base.isPaused(others.sessionId), await base.findId(others.sessionId)], [false, kept]);
      await goOn(others, 'still here?');
      assert.equal(observationsOf([others]).at(-1), 'hello.py\n');
    },
  );

  natsTest('a session keeps its files where its engine joins a cluster, and where it leaves one', async (t) => {
    const cluster = await TestCluster.start(t);
    const alone = await DockerBase.create();
    const startAlone = async () => {
      const { databaseUrl } = cluster;
      const engine = await startTestEngine({ environment: alone.environment, databaseUrl, options });
      t.after(() => engine.close());
      return engine;
    };
    const before = await startAlone();
    await openContainers(t, cluster);
    t.after(() => alone.remove());
    const first = await startAt(before, 'begin alone');
    await first.waitForStatus('completed');
    await before.stop();

    const joined = await cluster.addEngine(shared, options);
    const [again, second] = [await attachAfter(joined, first), await cluster.startAt(joined, 'begin together')];
    await Promise.all([goOn(again, 'and on'), second.waitForStatus('completed')]);
    await joined.stop();

    const after = await startAlone();
    const clients = await Promise.all([again, second].map((client) => attachAfter(after, client)));
    await Promise.all(clients.map((client) => goOn(client, 'and on')));
    for (const client of [again, ...clients]) assert.equal(observationsOf([client]).at(-1), 'hello.py\n');
    assert.deepEqual(noticesOf([first, again, second, ...clients]), []);
  });
});
