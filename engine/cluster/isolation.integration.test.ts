// An engine that alone is cut from the others, or from PostgreSQL, leaves its sessions and clients to those that aren't.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { attachAt, TestCluster } from '../testing/cluster.ts';
import type { TestEngine } from '../testing/engine.ts';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { natsTest } from '../testing/nats.ts';
import { waitUntil } from '../testing/rest.ts';

async function startProxy(t: TestContext, url: string): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(url);
  t.after(() => proxy.stop());
  return proxy;
}

const isReady = async ({ http }: TestEngine) => (await fetch(`${http}/ready`)).status === 200;
const whyNot = async ({ http }: TestEngine) => (await fetch(`${http}/ready`)).text();

natsTest(
  'an engine that is cut from the bus alone gives away what no client needs there, sends clients of the others to them, and keeps the rest',
  async (t) => {
    const cluster = await TestCluster.start(t);
    const nats = await startProxy(t, cluster.nats.url);
    const [a, b] = [await cluster.addEngine(), await cluster.addEngine()];
    const cut = await cluster.addEngine({ CLUSTER_URL: nats.url });
    const [left, kept] = [await cluster.startAt(cut, 'Emit 1 event'), await cluster.startAt(cut, 'Emit 1 event')];
    await Promise.all([left.waitForStatus('completed'), kept.waitForStatus('completed')]);
    const away = await attachAt(cut, (await cluster.startAt(a, 'Emit 1 event')).sessionId);
    const [elsewhere, atB] = [await attachAt(a, left.sessionId), await attachAt(b, kept.sessionId)];
    await left.close();
    nats.refuse();
    await waitUntil(async () => /cannot reach the others/.test(await whyNot(cut)));
    assert.equal(await away.closed, 1001, 'its session can be reached at the others');
    elsewhere.send({ type: 'message', id: 'm-1', content: 'Emit 1 event' });
    const moved = await elsewhere.waitFor('the acknowledgement', ({ id }) => id === 'm-1');
    assert.equal(moved.epoch, 2, 'another engine has it');
    kept.send({ type: 'message', id: 'm-2', content: 'Emit 1 event' });
    const stayed = await kept.waitFor('the acknowledgement', ({ id }) => id === 'm-2');
    assert.equal(stayed.epoch, 1, 'it is where its client is');
    assert.ok((await isReady(a)) && (await isReady(b)), 'the others are not isolated');
    nats.heal();
    await waitUntil(() => isReady(cut));
    await atB.waitFor('what was said meanwhile', ({ sequence }) => sequence === stayed.sequence);
    const back = await attachAt(cut, left.sessionId);
    back.send({ type: 'message', id: 'm-3', content: 'Emit 1 event' });
    await back.waitFor('the acknowledgement', ({ id }) => id === 'm-3');
  },
);

natsTest(
  'an engine that PostgreSQL alone is away for sends its clients to the others, and takes them again later',
  async (t) => {
    const cluster = await TestCluster.start(t);
    const database = await startProxy(t, cluster.databaseUrl);
    const other = await cluster.addEngine();
    const cut = await cluster.addEngine({ DATABASE_URL: database.url });
    const client = await cluster.startAt(cut, 'Emit 1 event');
    const last = await client.waitForStatus('completed');
    database.refuse();
    assert.equal(await client.closed, 1001);
    const position = { epoch: last.epoch as number, sequence: last.sequence as number };
    const again = await attachAt(other, client.sessionId, position);
    again.send({ type: 'message', id: 'm-1', content: 'Emit 1 event' });
    await again.waitFor('the acknowledgement', ({ id }) => id === 'm-1');
    database.heal();
    await waitUntil(() => isReady(cut));
    const back = await attachAt(cut, client.sessionId);
    back.send({ type: 'message', id: 'm-2', content: 'Emit 1 event' });
    await Promise.all([back, again].map((each) => each.waitFor('the acknowledgement', ({ id }) => id === 'm-2')));
  },
);
