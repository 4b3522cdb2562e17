// Engines of a cluster that share a Docker daemon: a session goes on in its container whichever of them owns it, and what nobody
// needs is removed by one of them, which never touches what another one has.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { dockerDescribe } from '../../sandbox/testing/docker-sandboxes.ts';
import type { TestClient } from '../testing/client.ts';
import { attachAt, startAt, TestCluster } from '../testing/cluster.ts';
import { DockerBase, dockerEnvironment } from '../testing/docker.ts';
import { natsTest } from '../testing/nats.ts';
import { waitUntil } from '../testing/rest.ts';

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
      const dying = await cluster.addProcess({ ...dockerEnvironment, SANDBOX_WARM: '1' });
      const base = await openContainers(t, cluster);
      const next = await cluster.addEngine(dockerEnvironment, options);
      const [client, rests] = [await cluster.startAt(dying, 'work'), await cluster.startAt(dying, 'rest')];
      await Promise.all([client, rests].map((each) => each.waitForStatus('completed')));
      await waitUntil(async () => (await base.listWarm()).length === 1);
      const [own, warm] = [await base.findId(client.sessionId), await base.listWarm()];
      await base.run(
        client.sessionId,
        'echo home >~/kept; trap "" HUP; setsid -f sleep 4711 </dev/null >/dev/null 2>&1',
      );
      await waitUntil(async () => /1\r?\n$/.test(await base.run(client.sessionId, countSleeping)));
      const beganAt = client.events.length;
      client.send({ type: 'message', content: 'Emit 300 events, 1 every 50 ms' });
      await client.waitFor('some of them', () => client.events.length > beganAt + 5);
      await dying.kill();

      const back = await attachAfter(next, client);
      await back.waitForStatus('completed');
      await goOn(back, 'and on');
      assert.deepEqual([await base.findId(client.sessionId), observationsOf([back])], [own, ['hello.py\n']]);
      assert.deepEqual(noticesOf([client, back]), []);
      assert.match(await base.run(client.sessionId, `cat ~/kept; ${countSleeping}`), /home\r?\n.*1\r?\n$/s);
      await waitUntil(async () => !(await base.listWarm()).some((name) => warm.includes(name)));
      await waitUntil(() => base.isPaused(rests.sessionId));
    },
  );

  natsTest('a session keeps its files where its engine joins a cluster, and where it leaves one', async (t) => {
    const cluster = await TestCluster.start(t);
    const alone = await DockerBase.create();
    const startAlone = () => cluster.addEngine({ ...alone.environment, CLUSTER_URL: '' }, options);
    const before = await startAlone();
    await openContainers(t, cluster);
    t.after(() => alone.remove());
    const first = await startAt(before, 'begin alone');
    await first.waitForStatus('completed');
    await before.stop();

    const joined = await cluster.addEngine(dockerEnvironment, options);
    const [again, second] = [await attachAfter(joined, first), await cluster.startAt(joined, 'begin together')];
    await Promise.all([goOn(again, 'and on'), second.waitForStatus('completed')]);
    await joined.stop();

    const after = await startAlone();
    const clients = await Promise.all([again, second].map((client) => attachAfter(after, client)));
    await Promise.all(clients.map((client) => goOn(client, 'and on')));
    for (const client of [again, ...clients]) assert.equal(observationsOf([client]).at(-1), 'hello.py\n');
    assert.deepEqual(noticesOf([first, again, second, ...clients]), []);
    for (const client of clients) client.send({ type: 'stop' });
    await Promise.all(clients.map((client) => client.closed)); // With its container, which has volumes of the cluster.
  });
});
