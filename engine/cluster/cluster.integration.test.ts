// Engines of one cluster: a client has its session at any of them, each event once, whatever dies.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import type { Frame, TestClient } from '../testing/client.ts';
import { attachAt, TestCluster } from '../testing/cluster.ts';
import { natsTest } from '../testing/nats.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const sequencesOf = ({ events }: TestClient) => events.map(({ sequence }) => sequence as number);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, at) => first + at);
const lastOf = ({ events }: TestClient) => events.at(-1) as Frame & { sequence: number; epoch: number };

/** Waits until a client has an event, and with it all before it, each once. */
async function hasAll(client: TestClient, last: number, first = 1): Promise<void> {
  await client.waitFor(`event ${last}`, ({ sequence, type }) => sequence === last && type !== 'attached');
  assert.deepEqual(sequencesOf(client).slice(0, last - first + 1), upTo(last, first));
}

/** Waits until a client has so many events. */
const hasSome = (client: TestClient, count: number) =>
  client.waitFor(`event ${count}`, () => client.events.length >= count);

/** Sends a message and waits until it is acknowledged and answered. */
async function say(client: TestClient, id: string, content: string): Promise<number> {
  client.send({ type: 'message', id, content });
  const { sequence = 0 } = await client.waitFor('the acknowledgement', (frame) => frame.id === id);
  const { sequence: last = 0 } = await client.waitForStatus('completed', sequence);
  return last;
}

const acknowledgements = ({ frames }: TestClient, asked: string) => frames.filter(({ id }) => id === asked).length;

natsTest('a session is attached to at any engine, and each client gets each event once', async (t) => {
  const cluster = await TestCluster.start(t);
  const a = await cluster.addEngine();
  const [b, c] = [await cluster.addEngine(), await cluster.addEngine()];
  const owner = await cluster.startAt(a, 'Emit 150 events, 1 every 20 ms');
  await hasSome(owner, 10);
  const early = [await attachAt(b, owner.sessionId), await attachAt(c, owner.sessionId)];
  const { sequence: last = 0 } = await owner.waitForStatus('completed');
  const late = await attachAt(b, owner.sessionId);
  for (const client of [owner, ...early, late]) await hasAll(client, last);
  assert.ok(
    owner.events.every(({ epoch }) => epoch === 1),
    'nobody has taken it from its owner',
  );
  const [atB] = early as [TestClient];
  const next = await say(atB, 'm-1', 'Emit 5 events');
  for (const client of [owner, ...early, late]) await hasAll(client, next);
  assert.equal(acknowledgements(atB, 'm-1'), 1);
  assert.equal(lastOf(atB).epoch, 1);
});

natsTest('requests about a session are answered by any engine as by its owner', async (t) => {
  const cluster = await TestCluster.start(t);
  const [a, b] = [await cluster.addEngine(), await cluster.addEngine()];
  const owner = await cluster.startAt(a, 'Emit 1 event');
  await owner.waitForStatus('completed');
  const { sessionId } = owner;
  const send = (engine: { http: string }) =>
    callAs<{ sequence?: number }>(engine, 'ada', 'POST', `/api/v1/sessions/${sessionId}/messages`, {
      id: 'sent',
      content: 'Emit 1 event',
    });
  const [atB, atA] = [await send(b), await send(a)];
  assert.deepEqual([atB.status, atA.body], [200, atB.body]);
  const list = async (engine: { http: string }, user = 'ada') => {
    const { body } = await callAs<{ sessions: { sessionId: string }[] }>(engine, user, 'GET', '/api/v1/sessions');
    return body.sessions.map((session) => session.sessionId);
  };
  for (const engine of [a, b]) await waitUntil(async () => (await list(engine)).join() === sessionId);
  assert.deepEqual(await list(b, 'eve'), []);
  const foreign = await callAs<{ code: string }>(b, 'eve', 'DELETE', `/api/v1/sessions/${sessionId}`);
  assert.deepEqual([foreign.status, foreign.body.code], [403, 'notYours']);
  const measured = await (await fetch(`${b.http}/metrics`)).text();
  for (const figure of [
    /^lucid_cluster_connected 1$/m,
    /^lucid_cluster_asks_total\{outcome="answered"\} [1-9]/m,
    /^lucid_cluster_posts_total\{direction="out"\} [1-9]/m,
    /^lucid_engine_info\{version="[\d.]+",node="n2",labels=""\} 1$/m,
    /^lucid_run_state\{state="open"\} 1$/m,
  ])
    assert.match(measured, figure);
  const files = await callAs<{ tree: unknown[] }>(b, 'ada', 'GET', `/api/v1/files/list?session_id=${sessionId}`);
  assert.equal(files.status, 200);
  const stopped = await callAs(b, 'ada', 'DELETE', `/api/v1/sessions/${sessionId}`);
  assert.equal(stopped.status, 200);
  await owner.waitForStatus('stopped');
});

natsTest('while the nats-server is away sessions go on where they are, and elsewhere nothing is lost', async (t) => {
  const cluster = await TestCluster.start(t);
  const [a, b] = [await cluster.addEngine(), await cluster.addEngine()];
  const owner = await cluster.startAt(a, 'Emit 1 event');
  const first = await owner.waitForStatus('completed');
  const remote = await attachAt(b, owner.sessionId);
  await hasAll(remote, first.sequence as number);
  await cluster.nats.kill();
  const missed = await say(owner, 'm-1', 'Emit 20 events');
  remote.send({ type: 'message', id: 'm-2', content: 'Emit 3 events' });
  const away = await attachAt(b, owner.sessionId);
  await hasAll(away, missed);
  await remote.waitForStatus('moving');
  await cluster.nats.restart();
  const { sequence = 0 } = await remote.waitFor('the acknowledgement', ({ id }) => id === 'm-2');
  const { sequence: last = 0 } = await owner.waitForStatus('completed', sequence);
  for (const client of [owner, remote, away]) await hasAll(client, last);
  assert.equal(acknowledgements(remote, 'm-2'), 1);
});

natsTest(
  'the sessions of a killed engine go on at the engines of their clients, nothing lost or doubled',
  async (t) => {
    const cluster = await TestCluster.start(t);
    const a = await cluster.addProcess();
    const [b, c] = [await cluster.addEngine(), await cluster.addEngine()];
    const resting = await cluster.startAt(a, 'Emit 1 event');
    const first = await resting.waitForStatus('completed');
    const waiting = await attachAt(c, resting.sessionId);
    await hasAll(waiting, first.sequence as number);
    const working = await cluster.startAt(a, 'Emit 400 events, 1 every 20 ms');
    await hasSome(working, 10);
    const watching = await attachAt(b, working.sessionId);
    await hasSome(watching, 20);
    await a.kill();
    await Promise.all([watching.waitForStatus('moving'), waiting.waitForStatus('moving')]);
    const next = say(waiting, 'm-1', 'Emit 3 events');
    const again = await attachAt(c, working.sessionId, lastOf(working));
    const { sequence: last = 0 } = await watching.waitForStatus('completed');
    await hasAll(watching, last);
    await hasAll(again, last, lastOf(working).sequence + 1);
    await hasAll(waiting, await next);
    assert.equal(acknowledgements(waiting, 'm-1'), 1);
  },
);

natsTest(
  'what a client says while its session has lost its engine is heard in the order in which it was said',
  async (t) => {
    const cluster = await TestCluster.start(t);
    const a = await cluster.addProcess();
    const b = await cluster.addEngine();
    const owner = await cluster.startAt(a, 'Emit 1 event');
    const first = await owner.waitForStatus('completed');
    const remote = await attachAt(b, owner.sessionId);
    await hasAll(remote, first.sequence as number);
    await a.kill();
    const said: string[] = [];
    const isHeard = () => acknowledgements(remote, 'm-0') > 0;
    while (!isHeard() || said.length < 10) {
      assert.ok(said.length < 100, 'the first is heard in the end');
      said.push(`m-${said.length}`);
      remote.send({ type: 'message', id: said.at(-1), content: 'Emit 1 event' });
      await delay(300);
    }
    await remote.waitFor('the last one', ({ id }) => id === said.at(-1));
    const heard = remote.events.filter(({ id }) => said.includes(String(id))).map(({ id }) => id);
    assert.deepEqual(heard, said);
  },
);

natsTest('an engine that ends hands its sessions on, and who follows them elsewhere notices nothing', async (t) => {
  const cluster = await TestCluster.start(t);
  const [a, b] = [await cluster.addEngine(), await cluster.addEngine()];
  const owner = await cluster.startAt(a, 'Emit 1 event');
  await owner.waitForStatus('completed');
  const remote = await attachAt(b, owner.sessionId);
  const ended = a.stop();
  const last = await say(remote, 'm-1', 'Emit 3 events');
  await hasAll(remote, last);
  assert.equal(await ended, true);
});

natsTest(
  'of engines with different secrets that begin at once one at most starts, and the others leave no run',
  async (t) => {
    const cluster = await TestCluster.start(t);
    const starts = await Promise.allSettled([
      cluster.addEngine(),
      cluster.addEngine({ ENCRYPTION_KEY: 'another key for sealing that nobody else has' }),
    ]);
    const started = starts.filter(({ status }) => status === 'fulfilled').length;
    assert.ok(started <= 1);
    const pool = await openPool(cluster.databaseUrl, {
      connectionsMax: 1,
      statementTimeoutMs: 5_000,
      onError: () => undefined,
    });
    t.after(() => pool.end());
    const living = await pool.anyFirst(sql.type(v.object({ id: v.string() }))`
    SELECT id FROM lucid_engine.engine_runs WHERE beat_at > '-infinity'`);
    assert.equal(living.length, started);
  },
);

natsTest('an engine with other secrets is told so and does not start', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addEngine();
  const other = cluster.addEngine({ ENCRYPTION_KEY: 'another key for sealing that nobody else has' });
  await assert.rejects(other, /ENCRYPTION_KEY is not the one of the engine n1/);
});
