// Several engines deliver at once: every event arrives, those of a session in order, and a slow host has few connections.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { waitUntil } from '../testing/rest.ts';
import { hostStreamsMax } from './delivery-queue.ts';
import { DeliveryStage } from './testing/delivery-stage.ts';
import { Receiver, type Reply } from './testing/receiver.ts';

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

test('a host that never answers has a few connections, and others hear at once', async (t) => {
  const stage = await DeliveryStage.open();
  t.after(() => stage.close());
  const [silent, quick] = await Promise.all([Receiver.open(), Receiver.open()]);
  const open = new Set<object>();
  let openMost = 0;
  silent.reply = (response) => {
    open.add(response);
    openMost = Math.max(openMost, open.size);
    response.on('close', () => open.delete(response));
  };
  const silentId = await stage.addWebhook(silent.url);
  const quickId = await stage.addWebhook(quick.url);
  for (let session = 0; session < 30; session++) await stage.addDelivery(silentId, `s-silent-${session}`, 1);
  await stage.startWorker();
  await silent.waitForCount(hostStreamsMax);
  for (let session = 0; session < 30; session++) await stage.addDelivery(quickId, `s-quick-${session}`, 1);
  await quick.waitForCount(30);
  assert.equal(silent.received.length, hostStreamsMax); // None of them has been answered meanwhile.
  assert.equal(openMost, hostStreamsMax);
  await Promise.all([silent.close(), quick.close()]);
});
