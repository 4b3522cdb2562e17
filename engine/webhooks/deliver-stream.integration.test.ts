// What becomes of deliveries to receivers that are slow, huge, redirecting, private, down for a day, or gone for good.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import { DeliveryStage } from './testing/delivery-stage.ts';
import { Receiver } from './testing/receiver.ts';

let stage: DeliveryStage;
let receiver: Receiver;
let webhookId: string;

before(async () => {
  stage = await DeliveryStage.open();
});

beforeEach(async () => {
  receiver = await Receiver.open();
  webhookId = await stage.addWebhook(receiver.url);
});

afterEach(async () => {
  await receiver?.close();
  for (const { id } of await stage.webhooks.list('ada')) await stage.webhooks.remove('ada', id);
});

after(() => stage?.close());

const onlyDelivery = async () => {
  const [delivery] = await stage.deliveriesOf(webhookId);
  assert.ok(delivery);
  return delivery;
};

const hourMs = 3_600_000;

test('what follows a delivery that failed waits for it, and then arrives in order', async () => {
  for (const sequence of [1, 2, 3]) await stage.addDelivery(webhookId, 's-1', sequence);
  receiver.replies.push(204, 500);
  await stage.deliver(webhookId, 's-1');
  await stage.deliver(webhookId, 's-1'); // It isn't due yet.
  assert.deepEqual(
    receiver.received.map(({ id }) => id),
    ['s-1-1', 's-1-2'],
  );
  stage.nowMs += hourMs;
  await stage.deliver(webhookId, 's-1');
  assert.deepEqual(
    receiver.received.map(({ id }) => id),
    ['s-1-1', 's-1-2', 's-1-2', 's-1-3'],
  );
  const states = (await stage.deliveriesOf(webhookId)).map(({ state, attempts }) => [state, attempts]);
  assert.deepEqual(states, [
    ['delivered', 1],
    ['delivered', 2],
    ['delivered', 1],
  ]);
});

test('a receiver that is down for a day has its webhook disabled, and the user’s other webhook hears of it', async () => {
  const other = await Receiver.open();
  const otherId = await stage.addWebhook(other.url, ['webhook.disabled']);
  for (const sequence of [1, 2]) await stage.addDelivery(webhookId, 's-1', sequence);
  receiver.reply = 500;
  const startedMs = stage.nowMs;
  for (let hour = 0; hour < 24; hour++) {
    await stage.deliver(webhookId, 's-1');
    stage.nowMs += hourMs;
  }
  assert.ok((await stage.webhooks.list('ada')).every(({ state }) => state === 'active'));
  await stage.deliver(webhookId, 's-1');
  assert.ok(stage.nowMs - startedMs >= limits.webhookPatienceMs);
  const [disabled] = await stage.webhooks.list('ada');
  assert.equal(disabled?.state, 'disabled');
  assert.equal(disabled.disabledReason, `Nothing was taken for 24 hours. ${receiver.host} answered 500.`);
  assert.deepEqual(
    (await stage.deliveriesOf(webhookId)).map(({ state, problem }) => [state, problem]),
    [
      ['failed', `${receiver.host} answered 500.`],
      ['failed', 'The webhook was disabled.'],
    ],
  );
  await stage.deliver(otherId, webhookId);
  const [told] = other.received;
  assert.partialDeepStrictEqual(told?.payload, {
    type: 'webhook.disabled',
    data: { webhookId, userId: 'ada', reason: disabled.disabledReason },
  });
  assert.ok(
    stage.log.entries.some(({ event, fields }) => event === 'webhook.disabled' && fields.webhook === webhookId),
  );
  await other.close();
});

test('a disabled webhook is active again when its failed deliveries are sent again, and they come in order', async () => {
  receiver.replies.push(410);
  for (const sequence of [1, 2]) await stage.addDelivery(webhookId, 's-1', sequence);
  await stage.deliver(webhookId, 's-1');
  assert.equal((await stage.webhooks.list('ada'))[0]?.state, 'disabled'); // 410 says that it is gone for good.
  await stage.deliver(webhookId, 's-1');
  assert.equal(receiver.received.length, 1);
  assert.deepEqual(await stage.webhooks.redeliver('ada', webhookId, null), { ok: true, value: 2 });
  assert.equal((await stage.webhooks.list('ada'))[0]?.state, 'active');
  await stage.deliver(webhookId, 's-1');
  assert.deepEqual(
    receiver.received.map(({ id }) => id),
    ['s-1-1', 's-1-1', 's-1-2'],
  );
});

test('a redirect is not followed, wherever it leads', async () => {
  const inner = await Receiver.open();
  await stage.addDelivery(webhookId, 's-1', 1);
  receiver.reply = (response) => response.writeHead(307, { location: inner.url }).end();
  await stage.deliver(webhookId, 's-1');
  assert.partialDeepStrictEqual(await onlyDelivery(), { state: 'waiting', status: 307 });
  assert.match((await onlyDelivery()).problem ?? '', /redirects are not followed/);
  assert.deepEqual(inner.received, []);
  await inner.close();
});

test('an answer without an end is left after a few kilobytes', async () => {
  let sentBytes = 0;
  await stage.addDelivery(webhookId, 's-1', 1);
  receiver.reply = (response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(64 * 1024);
    const send = () => {
      while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
    };
    response.on('drain', send).on('error', () => undefined);
    send();
  };
  await stage.deliver(webhookId, 's-1');
  assert.equal((await onlyDelivery()).state, 'delivered');
  assert.ok(sentBytes < 32 * 1024 * 1024, `${sentBytes}`); // What the sockets' buffers hold, and no more.
});

test('a receiver that never answers is given up in bounded time, and says so in the list', async () => {
  await stage.addDelivery(webhookId, 's-1', 1);
  receiver.reply = () => undefined;
  await stage.deliver(webhookId, 's-1');
  assert.deepEqual((await onlyDelivery()).problem, `${receiver.host} did not answer in 10 s.`);
  stage.nowMs += hourMs;
  assert.equal((await stage.store.findDue(stage.nowMs))[0]?.isQuick, false); // Its next try waits with the slow ones.
  receiver.reply = 500;
  await stage.deliver(webhookId, 's-1');
  stage.nowMs += hourMs;
  assert.equal((await stage.store.findDue(stage.nowMs))[0]?.isQuick, true);
});

test('nobody at the address, and a broken connection, are failures that are told', async () => {
  const gone = await Receiver.open();
  const goneId = await stage.addWebhook(gone.url);
  await gone.close();
  await stage.addDelivery(goneId, 's-1', 1);
  await stage.deliver(goneId, 's-1');
  assert.match((await stage.deliveriesOf(goneId))[0]?.problem ?? '', /refuses connections/);
  await stage.addDelivery(webhookId, 's-1', 1);
  receiver.reply = (response) => response.destroy();
  await stage.deliver(webhookId, 's-1');
  assert.match((await onlyDelivery()).problem ?? '', /broke the connection/);
});

test('a name that leads to a private address is not connected to, though it was public when it was given', async () => {
  const made = await stage.webhooks.create('ada', {
    url: `https://rebound.example.com:${receiver.port}/`,
    events: ['turn.completed'],
  });
  assert.ok(made.ok);
  const { id } = made.value;
  for (const [sequence, address] of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', 'fd00::1'].entries()) {
    await stage.addDelivery(id, `s-${sequence}`, 1);
    stage.resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }];
    await stage.deliver(id, `s-${sequence}`);
  }
  stage.resolve = undefined;
  for (const { problem } of await stage.deliveriesOf(id)) assert.match(problem ?? '', /not of the public internet/);
  assert.deepEqual(receiver.received, []);
});

test('this machine’s own addresses are not connected to, those of the public internet neither', async () => {
  const made = await stage.webhooks.create('ada', { url: 'https://me.example.com:9000/', events: ['turn.completed'] });
  assert.ok(made.ok);
  stage.ownAddresses = ['140.82.121.4'];
  stage.resolve = async () => [{ address: '140.82.121.4', family: 4 }];
  await stage.addDelivery(made.value.id, 's-1', 1);
  await stage.deliver(made.value.id, 's-1');
  [stage.ownAddresses, stage.resolve] = [undefined, undefined];
  assert.match((await stage.deliveriesOf(made.value.id))[0]?.problem ?? '', /not of the public internet/);
});

test('a receiver that wants another protocol has failed, and is tried again', async () => {
  await stage.addDelivery(webhookId, 's-1', 1);
  receiver.reply = (response) => void response.writeHead(101, { connection: 'upgrade', upgrade: 'other' }).end();
  await stage.deliver(webhookId, 's-1');
  const { state, status, problem } = await onlyDelivery();
  assert.deepEqual([state, status, problem], ['waiting', 101, `${receiver.host} answered 101.`]);
});

test('deliveries again count what has waited behind those that failed', async () => {
  for (const sequence of [1, 2, 3]) await stage.addDelivery(webhookId, 's-1', sequence);
  await stage.addDelivery(webhookId, 's-2', 1);
  receiver.replies.push(500);
  await stage.deliver(webhookId, 's-1');
  assert.deepEqual(await stage.webhooks.redeliver('ada', webhookId, null), { ok: true, value: 3 });
});

test('of webhooks that a user creates at once, no more are made than a user may have', async () => {
  const asked = { url: receiver.url, events: ['turn.completed'] as const };
  const made = await Promise.all(Array.from({ length: 40 }, () => stage.webhooks.create('ada', asked)));
  const refused = made.filter((one) => !one.ok).map((one) => !one.ok && one.failure.code);
  assert.equal((await stage.webhooks.list('ada')).length, limits.webhooksPerUserMax);
  assert.deepEqual([...new Set(refused)], ['tooManyWebhooks']);
});

test('a host that the operator names no more is not asked any more', async () => {
  await stage.addDelivery(webhookId, 's-1', 1);
  stage.allowedHosts.delete(receiver.host);
  await stage.deliver(webhookId, 's-1');
  assert.equal((await onlyDelivery()).state, 'failed');
  assert.deepEqual(receiver.received, []);
});

test('what the queue has lost is told to it again, and what was tried in vain meanwhile when it is due', async () => {
  await stage.addDelivery(webhookId, 's-1', 1);
  const due = await stage.store.findDue(stage.nowMs);
  receiver.reply = 500;
  await stage.deliver(webhookId, 's-1');
  await stage.store.noteQueued(due, stage.nowMs);
  assert.equal((await stage.store.findDue(stage.nowMs)).length, 0);
  stage.nowMs += 60_000;
  const dueAgain = await stage.store.findDue(stage.nowMs);
  assert.deepEqual(
    dueAgain.map(({ eventId }) => eventId),
    ['s-1-1'],
  );
  await stage.store.noteQueued(dueAgain, stage.nowMs);
  assert.equal((await stage.store.findDue(stage.nowMs)).length, 0);
  stage.nowMs += hourMs; // Nobody has taken it.
  await stage.store.sweep(stage.nowMs);
  assert.equal((await stage.store.findDue(stage.nowMs)).length, 1);
});

test('deliveries are kept for a week, and those of a webhook that is gone are removed', async () => {
  await stage.addDelivery(webhookId, 's-old', 1);
  await stage.deliver(webhookId, 's-old');
  stage.nowMs += limits.webhookDeliveriesKeptMs + 1;
  await stage.addDelivery(webhookId, 's-new', 1);
  await stage.store.sweep(stage.nowMs);
  assert.deepEqual(
    (await stage.deliveriesOf(webhookId)).map(({ eventId }) => eventId),
    ['s-new-1'],
  );
  await stage.addDelivery('no-webhook', 's-1', 1);
  await stage.deliver('no-webhook', 's-1');
  assert.deepEqual(await stage.deliveriesOf('no-webhook'), []);
});
