// Sessions that ask for labels in a cluster: they are only ever at engines that have them, and wait for one where there is none.
import assert from 'node:assert/strict';
import { attachAt, startAt, TestCluster } from '../testing/cluster.ts';
import type { TestEngine } from '../testing/engine.ts';
import { natsTest } from '../testing/nats.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

type Answer = { sessionId?: string; code?: string; detail?: string };

const europeans = { NODE_LABELS: 'region=eu' };
const europe = { labels: { region: 'eu' } };

/** PostgreSQL may be slow on a busy machine. */
async function makeAt(engine: TestEngine, labels: object): Promise<Answer> {
  const asked = { task: 'Emit 1 event', labels, autoStart: true };
  const { body } = await callAs<Answer>(engine, 'ada', 'POST', '/api/v1/sessions', asked);
  return body.code === 'storageUnavailable' ? makeAt(engine, labels) : body;
}

natsTest('a session with a label begins and goes on at engines that have it, wherever its clients are', async (t) => {
  const cluster = await TestCluster.start(t);
  const a = await cluster.addEngine({ NODE_LABELS: 'region=us' });
  const make = (labels: object) => makeAt(a, labels);
  const lacking = { code: 'noFittingEngine', detail: 'No engine that takes sessions now has the label region=eu.' };
  assert.partialDeepStrictEqual(await make({ region: 'eu' }), lacking);
  const b = await cluster.addProcess({ NODE_LABELS: 'region=eu,gpu=true' });
  await waitUntil(async () => (await make({ gpu: 'true' })).sessionId !== undefined); // Until its first beat has been read.
  const working = await startAt(a, 'Emit 500 events, 1 every 20 ms', europe);
  const resting = await startAt(a, 'Emit 1 event', europe);
  await resting.waitForStatus('completed');
  const { sessionId: left = '' } = await make({ region: 'eu' });
  const leftBefore = await attachAt(a, left);
  await leftBefore.waitForStatus('completed');
  await leftBefore.close();
  const all = [working.sessionId, resting.sessionId, left];
  for (const id of all) assert.equal(await cluster.findOwner(id), 'n2');
  await working.waitFor('some events', () => working.events.length >= 10);

  await b.kill();
  for (const client of [working, resting]) await client.waitForStatus('moving');
  for (const client of [working, resting])
    await client.waitFor(
      'which label nobody has',
      ({ status, message }) => status === 'moving' && /region=eu/.test(String(message)),
    );
  await waitUntil(async () => (await make({ region: 'eu' })).code === 'noFittingEngine');
  const another = await cluster.addEngine({ NODE_LABELS: 'region=asia' });
  const leftAtAnother = await attachAt(another, left);
  await leftAtAnother.waitForStatus('moving');
  for (const id of all) await waitUntil(async () => (await cluster.findOwner(id)) === null);

  resting.send({ type: 'message', id: 'm-1', content: 'Emit 1 event' }); // It waits for 30 s at most.
  await cluster.addEngine({ NODE_LABELS: 'region=eu' });
  await resting.waitFor('the acknowledgement', ({ id }) => id === 'm-1');
  leftAtAnother.send({ type: 'message', id: 'm-2', content: 'Emit 1 event' });
  await leftAtAnother.waitFor('the acknowledgement', ({ id }) => id === 'm-2');
  await working.waitForStatus('completed');
  for (const id of all) assert.equal(await cluster.findOwner(id), 'n4');
  for (const { events } of [working, resting, leftAtAnother])
    assert.deepEqual(
      events.map(({ sequence }) => sequence),
      events.map((_, at) => at + 1),
    );
});

natsTest('a chat is deleted though no engine has the labels of its session, which can’t be stopped', async (t) => {
  const cluster = await TestCluster.start(t);
  const a = await cluster.addEngine();
  const b = await cluster.addProcess(europeans);
  await waitUntil(async () => (await makeAt(a, { region: 'eu' })).sessionId !== undefined);
  const client = await startAt(a, 'Emit 500 events, 1 every 20 ms', europe);
  const { sessionId } = client;
  await client.waitFor('some events', () => client.events.length >= 3);
  await b.kill();
  await waitUntil(async () => (await cluster.findOwner(sessionId)) === null);
  const path = `/api/v1/sessions/${sessionId}`;
  const { body: session } = await callAs<{ chatId: string }>(a, 'ada', 'GET', path);
  const stopped = await callAs<Answer>(a, 'ada', 'DELETE', path);
  assert.deepEqual([stopped.status, stopped.body.code], [503, 'noFittingEngine']);
  const deleted = await callAs<Answer>(a, 'ada', 'DELETE', `/api/v1/chats/${session.chatId}`);
  assert.equal(deleted.status, 200, JSON.stringify(deleted.body));
  assert.equal((await callAs(a, 'ada', 'GET', path)).status, 404);
  await cluster.addEngine(europeans);
  await client.closed; // It waited for an engine that has the session.
});
