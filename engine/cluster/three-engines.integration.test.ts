// Three engines on three nats-servers: whoever comes to any of them, with whatever, has it as at the owner; and what is lost of
// engines and servers is no event.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { FakeProvider, requestKeyOf } from '../../actors/testing/provider/fake-provider.ts';
import { type Frame, TestClient } from '../testing/client.ts';
import { TestCluster } from '../testing/cluster.ts';
import { signTestToken, type TestEngine } from '../testing/engine.ts';
import { TestStream } from '../testing/event-stream.ts';
import { natsTest, startNatsServers } from '../testing/nats.ts';
import type { EngineProcess } from '../testing/process.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

type Engine = TestEngine | EngineProcess;
type Engines = readonly [Engine, Engine, Engine];

/** Each client has had every event up to one of them, each once and in order. */
async function haveAll(clients: readonly TestClient[], last: number): Promise<void> {
  await Promise.all(
    clients.map((client) =>
      client.waitFor(`event ${last}`, ({ type, sequence }) => type !== 'attached' && sequence === last),
    ),
  );
  const all = Array.from({ length: last }, (_, at) => at + 1);
  for (const { events } of clients)
    assert.deepEqual(
      events.slice(0, last).map(({ sequence }) => sequence),
      all,
    );
}

const isAnswerTo = (asked: string) => (frame: Frame) => frame.id === asked && frame.sequence !== undefined;
const acknowledgement = (client: TestClient, asked: string) =>
  client.waitFor(`the acknowledgement of ${asked}`, isAnswerTo(asked));

/**
 * Says something until it is stored: PostgreSQL may be slow on a busy machine, and an owner stand still, which are told as errors
 * that pass.
 * @param isSaid whether it was said once already
 */
async function say(client: TestClient, id: string, isSaid = false, content = 'Emit 1 event'): Promise<Frame> {
  const answers = () => client.frames.filter((frame) => frame.id === id);
  for (let known = 0; ; known = answers().length) {
    if (!isSaid || known > 0) client.send({ type: 'message', id, content });
    await waitUntil(() => answers().length > known);
    const stored = answers().find(isAnswerTo(id));
    if (stored) return stored;
    assert.partialDeepStrictEqual(answers().at(-1), { retryable: true });
  }
}

/** Attaches, as often as it is told to come back. */
async function attach(engine: Engine, sessionId: string, more: object = {}): Promise<TestClient> {
  for (;;) {
    const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('ada')}`);
    client.send({ session_id: sessionId, ...more });
    const first = await client.waitFor('an answer', ({ type }) => type === 'attached' || type === 'error');
    if (first.type === 'attached') return client;
    assert.partialDeepStrictEqual(first, { retryable: true });
    await client.close();
    await delay(200);
  }
}

/** Waits until the turn that read what was said has ended. @returns the end's sequence */
async function endOf(client: TestClient, { sequence }: Frame): Promise<number> {
  return (await client.waitForStatus('completed', sequence)).sequence as number;
}

natsTest('three engines on three nats-servers are as one', async (t) => {
  const cluster = await TestCluster.start(t);
  const { servers, url } = await startNatsServers(t, 3);
  const provider = await FakeProvider.open();
  t.after(() => provider.close());
  const environment = { CLUSTER_URL: url, LLM_BASE_URL: provider.url };
  const [a, b] = [await cluster.addEngine(environment), await cluster.addEngine(environment)];
  const c = await cluster.addProcess(environment);
  const engines: Engines = [a, b, c];
  const wire = await connect({ servers: servers[0]?.url ?? '' });
  t.after(() => wire.close());

  await t.test('a hundred watch one session, each sees each event once', () => watchByHundred(cluster, engines));
  await t.test('commands at every engine at once have one order, and one acknowledgement each', () =>
    sayEverywhere(cluster, engines),
  );
  await t.test('a viewer sees a session at any engine, and changes nothing at any', (s) => view(s, cluster, engines));
  await t.test('a key that is brought at another engine reaches the owner, and never the bus', () =>
    bringKey(cluster, [a, b], provider, wire),
  );
  await t.test('nothing that a stranger sends disturbs an engine', () => sendStrangeThings(cluster, [a, b], wire));
  await t.test('of three nats-servers one may be killed', async () => {
    const owner = await cluster.startAt(a, 'Emit 100 events, 1 every 20 ms');
    const others = [await attach(b, owner.sessionId), await attach(c, owner.sessionId)];
    await servers[1]?.kill();
    await Promise.all(others.map((client, at) => say(client, `m-${at}`)));
    const acknowledged = await acknowledgement(owner, 'm-1');
    await haveAll([owner, ...others], await endOf(owner, acknowledged));
  });
  await t.test('an engine that stood still stores nothing, and its clients follow their sessions elsewhere', () =>
    standStill(cluster, c, a),
  );
});

async function watchByHundred(cluster: TestCluster, engines: Engines): Promise<void> {
  const owner = await cluster.startAt(engines[0], 'Emit 60 events, 1 every 20 ms');
  const watchers = await Promise.all(
    Array.from({ length: 99 }, (_, at) => attach(engines[at % 3] as Engine, owner.sessionId)),
  );
  const { sequence = 0 } = await owner.waitForStatus('completed');
  await haveAll([owner, ...watchers], sequence);
  await Promise.all(watchers.map((watcher) => watcher.close()));
}

async function sayEverywhere(cluster: TestCluster, [a, b, c]: Engines): Promise<void> {
  const owner = await cluster.startAt(a, 'Emit 1 event');
  await owner.waitForStatus('completed');
  const clients = [owner, await attach(b, owner.sessionId), await attach(c, owner.sessionId)];
  const ids = clients.flatMap((_, at) => Array.from({ length: 10 }, (_more, number) => `m-${at}-${number}`));
  for (const id of ids) clients[Number(id.split('-')[1])]?.send({ type: 'message', id, content: 'Emit 1 event' });
  const all = await Promise.all(ids.map((id) => acknowledgement(owner, id)));
  const lastSaid = all.reduce((last, frame) => ((frame.sequence ?? 0) > (last.sequence ?? 0) ? frame : last));
  await haveAll(clients, await endOf(owner, lastSaid));
  for (const { frames } of clients)
    for (const id of ids) assert.equal(frames.filter((frame) => frame.id === id).length, 1);
  const orders = clients.map(({ events }) => events.map(({ id }) => id).filter((id) => id !== undefined));
  assert.deepEqual([orders[1], orders[2]], [orders[0], orders[0]]);
}

async function view(t: TestContext, cluster: TestCluster, [a, b, c]: Engines): Promise<void> {
  const owner = await cluster.startAt(a, 'Emit 1 event');
  await owner.waitForStatus('completed');
  const path = `/api/v1/sessions/${owner.sessionId}`;
  const { body: share } = await callAs<{ token: string }>(c, 'ada', 'POST', `${path}/shares`, {});
  const headers = { Authorization: `Bearer ${share.token}`, 'Content-Type': 'application/json' };
  const viewers = await Promise.all([a, b, c].map(({ http }) => TestStream.open(`${http}${path}/events`, headers)));
  t.after(() => {
    for (const viewer of viewers) viewer.cut();
  });
  const end = await endOf(owner, await say(owner, 'm-1', false, 'Emit 5 events'));
  for (const viewer of viewers) {
    await viewer.waitFor('the last event', ({ type, sequence }) => type !== 'attached' && sequence === end);
    assert.deepEqual(
      viewer.stored.map(({ sequence }) => sequence),
      Array.from({ length: end }, (_, at) => at + 1),
    );
  }
  for (const { http } of [a, b, c]) {
    const answer = await fetch(`${http}${path}/messages`, { method: 'POST', headers, body: '{"content":"Mine"}' });
    assert.equal(answer.status, 403);
  }
}

async function bringKey(
  cluster: TestCluster,
  [a, b]: readonly [Engine, Engine],
  provider: FakeProvider,
  wire: NatsConnection,
): Promise<void> {
  const heard: string[] = [];
  const tap = wire.subscribe('>', { callback: (_error, { data }) => void heard.push(new TextDecoder().decode(data)) });
  await wire.flush();
  const given = { modelProvider: 'anthropic', apiKey: 'sk-first-0123456789', gitToken: 'ghp_First0123456789' };
  const owner = await cluster.startAt(a, 'Begin.', given);
  await owner.waitForStatus('completed');
  const brought = { apiKey: 'sk-second-0123456789', gitToken: 'ghp_Second0123456789' };
  const other = await attach(b, owner.sessionId, brought);
  provider.requests.length = 0;
  await endOf(other, await say(other, 'm-1', false, 'Go on.'));
  assert.deepEqual(provider.answerRequests.map(requestKeyOf), ['sk-second-0123456789']);
  await waitUntil(() => heard.some((post) => post.includes(owner.sessionId)));
  tap.unsubscribe();
  assert.doesNotMatch(heard.join('\n'), /sk-first|sk-second|ghp_First|ghp_Second/);
}

async function sendStrangeThings(
  cluster: TestCluster,
  [a, b]: readonly [Engine, Engine],
  wire: NatsConnection,
): Promise<void> {
  const owner = await cluster.startAt(a, 'Emit 1 event');
  await owner.waitForStatus('completed');
  const { sessionId } = owner;
  const other = await attach(b, sessionId);
  const post = (message: object, more: object = {}) =>
    JSON.stringify({ w: 1, from: 'a-stranger', at: Date.now(), m: [message], ...more });
  const stop = {
    kind: 'ask',
    k: 1,
    ttlMs: 9_000,
    asked: { kind: 'command', sessionId, command: { type: 'stop', id: 's' } },
  };
  const strange = [
    'no post',
    post({ kind: 'sung', sessionId }, { w: 7 }),
    post(stop, { w: 'one' }),
    post(stop, { from: 'a stranger' }),
    post({ ...stop, asked: { ...stop.asked, command: { type: 'stop' } } }),
    post({ kind: 'moved', sessionId }),
    post({ kind: 'lost', sessionId, failure: { code: 'internal', detail: 'Forged.' } }),
    post({ kind: 'reply', k: 1, outcome: { ok: false, failure: { code: 'internal', detail: 'Forged.' } } }),
    'x'.repeat(1_000_000),
  ];
  for (const payload of strange) wire.publish('lucid.lucid.all', payload);
  wire.publish('lucid.another.all', post(stop));
  await wire.flush();
  await endOf(other, await say(other, 'm-1'));
  assert.doesNotMatch(JSON.stringify([owner.frames, other.frames]), /Forged/);
  assert.deepEqual([owner.socket.readyState, other.socket.readyState], [WebSocket.OPEN, WebSocket.OPEN]);
}

/** How many events of a session are stored under its first epoch. */
async function countFirst({ databaseUrl }: TestCluster, sessionId: string): Promise<number> {
  const pool = await openPool(databaseUrl, { connectionsMax: 1, statementTimeoutMs: 5_000, onError: () => undefined });
  const count = sql.type(v.object({ count: v.number() }))`
    SELECT count(*)::int AS count FROM lucid_engine.chat_messages m
    JOIN lucid_engine.agent_sessions s ON s.chat_id = m.session_id WHERE s.id = ${sessionId} AND m.epoch = 1`;
  return pool.oneFirst(count).finally(() => pool.end());
}

async function standStill(cluster: TestCluster, still: EngineProcess, other: Engine): Promise<void> {
  const owner = await cluster.startAt(still, 'Emit 600 events, 1 every 20 ms');
  const watching = await attach(other, owner.sessionId);
  await waitUntil(() => watching.events.length > 20);
  process.kill(still.pid, 'SIGSTOP');
  const stopped = delay(10_000);
  await watching.waitForStatus('moving');
  await watching.waitFor('the next owner', ({ epoch }) => epoch === 2);
  await stopped;
  const ofStill = await countFirst(cluster, owner.sessionId);
  owner.send({ type: 'message', id: 'stale', content: 'Emit 1 event' });
  process.kill(still.pid, 'SIGCONT');
  const end = await endOf(watching, await say(owner, 'stale', true));
  await haveAll([owner, watching], end);
  assert.equal(await countFirst(cluster, owner.sessionId), ofStill);
  await waitUntil(() => still.output().includes('run.declaredDead'));
}
