// Several engines deliver at once: every event arrives, those of a session in order, and slow receivers delay nobody else’s.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { Upstream } from '../../sandbox/git/upstream.ts';
import { waitUntil } from '../testing/rest.ts';
import { paceStreamsMax, userStreamsMax } from './pace.ts';
import { DeliveryStage } from './testing/delivery-stage.ts';
import { type Received, Receiver, type Reply } from './testing/receiver.ts';

/** Receivers are closed first, so that no worker waits for one that hangs. */
async function openStage(t: TestContext) {
  const stage = await DeliveryStage.open();
  const [first, second] = [await Receiver.open(), await Receiver.open()];
  t.after(async () => {
    await Promise.all([first.close(), second.close()]);
    await stage.close();
  });
  return { stage, receivers: [first, second] as const };
}

/** The order in which events were first heard, by session. */
function firstHeard(receiver: Receiver): Map<string, number[]> {
  const heard = new Map<string, number[]>();
  for (const { payload } of receiver.received) {
    assert.ok('sessionId' in payload.data);
    const { sessionId, sequence } = payload.data;
    const sequences = heard.get(sessionId) ?? [];
    if (!sequences.includes(sequence)) heard.set(sessionId, [...sequences, sequence]);
  }
  return heard;
}

const isAllDelivered = async (stage: DeliveryStage, webhookId: string): Promise<boolean> =>
  (await stage.deliveriesOf(webhookId)).every(({ state }) => state === 'delivered');

/** Before anything that hangs is given up. */
async function isDeliveredSoon(stage: DeliveryStage, webhookId: string): Promise<boolean> {
  for (let looks = 0; looks < 50; looks++) {
    if (await isAllDelivered(stage, webhookId)) return true;
    await delay(100);
  }
  return false;
}

const failures: Reply[] = [500, 429, (response) => response.destroy(), (response) => response.writeHead(302).end()];

test('whatever fails in between, each session’s events are heard in their order, by several workers', async (t) => {
  const stage = await DeliveryStage.open();
  t.after(() => stage.close());
  await Promise.all([stage.startWorker(), stage.startWorker(), stage.startWorker()]);
  let runs = 0;
  const anyRun = fc.record({
    sessions: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
    failing: fc.array(fc.tuple(fc.nat(30), fc.constantFrom(...failures)), { maxLength: 8 }),
  });
  const property = fc.asyncProperty(anyRun, async ({ sessions, failing }) => {
    const receiver = await Receiver.open();
    const webhookId = await stage.addWebhook(receiver.url);
    const run = ++runs;
    for (const [at, reply] of failing) receiver.replies[at] = reply;
    for (let at = 0; at < receiver.replies.length; at++) receiver.replies[at] ??= 204;
    await Promise.all(
      sessions.map(async (count, session) => {
        for (let sequence = 1; sequence <= count; sequence++)
          await stage.addDelivery(webhookId, `s-${run}-${session}`, sequence);
      }),
    );
    await waitUntil(async () => {
      stage.nowMs += 60_000; // Nobody waits for the pauses between tries.
      return isAllDelivered(stage, webhookId);
    });
    const heard = firstHeard(receiver);
    for (const [session, count] of sessions.entries())
      assert.deepEqual(
        heard.get(`s-${run}-${session}`),
        Array.from({ length: count }, (_, at) => at + 1),
      );
    await stage.webhooks.remove('ada', webhookId);
    await receiver.close();
  });
  await fc.assert(property, { numRuns: 8, endOnFailure: true });
});

test('a user’s receiver that never answers has a few connections, and their other one hears at once', async (t) => {
  const { stage, receivers } = await openStage(t);
  const [silent, quick] = receivers;
  const quickId = await stage.addWebhook(quick.url);
  const worker = await stage.startWorker();
  await stage.addDelivery(quickId, 's-before', 1);
  worker.wake();
  await waitUntil(() => isAllDelivered(stage, quickId));
  silent.reply = () => undefined;
  const silentId = await stage.addWebhook(silent.url);
  for (let session = 0; session < 30; session++) await stage.addDelivery(silentId, `s-silent-${session}`, 1);
  worker.wake();
  await silent.waitForCount(userStreamsMax.new);
  for (let session = 0; session < 30; session++) await stage.addDelivery(quickId, `s-quick-${session}`, 1);
  worker.wake();
  await quick.waitForCount(31);
  assert.equal(silent.received.length, userStreamsMax.new); // None of them has been answered meanwhile.
});

test('while 320 streams of forty users hang, new and known receivers of others hear, of a host that hangs for others too', async (t) => {
  const { stage, receivers } = await openStage(t);
  const [receiver] = receivers;
  const silentUsers = 40;
  const isHanging = (one: Received) => one.payload.data.userId.startsWith('silent');
  receiver.reply = (response, received) => {
    if (!isHanging(received)) response.writeHead(204).end();
  };
  const hanging = () => receiver.received.filter(isHanging).length;
  const [knownId, newId] = [
    await stage.addWebhook(receiver.url, undefined, 'known'),
    await stage.addWebhook(receiver.url, undefined, 'new'),
  ];
  await stage.addDelivery(knownId, 's-before', 1);
  const worker = await stage.startWorker();
  await waitUntil(() => isAllDelivered(stage, knownId));
  for (let user = 0; user < silentUsers; user++) {
    const id = await stage.addWebhook(receiver.url, undefined, `silent-${user}`);
    for (let session = 0; session < 8; session++) await stage.addDelivery(id, `s-${user}-${session}`, 1);
  }
  worker.wake();
  await waitUntil(() => hanging() === silentUsers * userStreamsMax.new);
  for (const id of [knownId, newId]) await stage.addDelivery(id, `s-${id}`, 1);
  worker.wake();
  const healthy = [await isDeliveredSoon(stage, knownId), await isDeliveredSoon(stage, newId)];
  assert.deepEqual([healthy, hanging()], [[true, true], silentUsers * userStreamsMax.new]);
});

test('one user’s many streams do not hide another’s in the queue', async (t) => {
  const { stage, receivers } = await openStage(t);
  const [silent, quick] = receivers;
  silent.reply = () => undefined;
  const silentId = await stage.addWebhook(silent.url, undefined, 'eve');
  await Promise.all(
    Array.from({ length: paceStreamsMax + 50 }, (_, session) => stage.addDelivery(silentId, `s-${session}`, 1)),
  );
  const worker = await stage.startWorker();
  await silent.waitForCount(userStreamsMax.new);
  const quickId = await stage.addWebhook(quick.url);
  await stage.addDelivery(quickId, 's-quick', 1);
  worker.wake();
  await quick.waitForCount(1);
  assert.equal(silent.received.length, userStreamsMax.new);
});

test('a turn that never ends is cut, and logged, and others go on', async (t) => {
  const { stage, receivers } = await openStage(t);
  const [receiver] = receivers;
  const webhookId = await stage.addWebhook(receiver.url);
  const asking = new Upstream({ allowed: stage.allowedHosts });
  let asked = 0;
  stage.turnMsMax = 2_000;
  stage.upstream = { ask: (request) => (asked++ === 0 ? new Promise(() => undefined) : asking.ask(request)) };
  await stage.addDelivery(webhookId, 's-1', 1);
  const worker = await stage.startWorker();
  const stuck = () => stage.log.entries.find(({ event }) => event === 'webhooks.stuck');
  await waitUntil(() => stuck() !== undefined);
  assert.deepEqual(stuck()?.fields, { webhook: webhookId, session: 's-1' });
  await stage.addDelivery(webhookId, 's-2', 1);
  worker.wake();
  await receiver.waitForCount(1);
});
