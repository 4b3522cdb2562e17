// Webhooks as a back end has them: made over REST, told of what its users' sessions do, signed, and the user's own only.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createPool, sql } from 'slonik';
import * as v from 'valibot';
import { findMismatch } from '../../schema/protocol/json-schema.ts';
import type { Problem } from '../../schema/protocol/problem.ts';
import type { Delivery, Webhook } from '../../schema/protocol/routes/webhooks.ts';
import { webhookPayloads } from '../../schema/protocol/webhooks/webhook-payload.ts';
import { startTestEngine, type TestEngine } from '../testing/engine.ts';
import { RecordedLog } from '../testing/log.ts';
import { callAs, waitUntil } from '../testing/rest.ts';
import { isSigned, Receiver } from './testing/receiver.ts';

const docs = new URL('../../docs/webhooks.md', import.meta.url);

let engine: TestEngine;
let receiver: Receiver;
let other: Receiver;
const log = new RecordedLog();

before(async () => {
  [receiver, other] = await Promise.all([Receiver.open(), Receiver.open()]);
  const environment = { ENCRYPTION_KEY: 'a key for tests', WEBHOOK_ALLOWED_HOSTS: `${receiver.host},${other.host}` };
  engine = await startTestEngine({ environment, log });
});

afterEach(async () => {
  for (const user of ['ada', 'bob']) {
    const { webhooks } = (await callAs<{ webhooks: Webhook[] }>(engine, user, 'GET', '/api/v1/webhooks')).body;
    for (const { id } of webhooks) await callAs(engine, user, 'DELETE', `/api/v1/webhooks/${id}`);
  }
  for (const each of [receiver, other]) {
    each.received.length = 0;
    each.reply = 204;
  }
});

after(async () => {
  await engine?.close();
  await Promise.all([receiver?.close(), other?.close()]);
});

const anything = ['turn.completed', 'turn.interrupted', 'turn.failed', 'session.stopped', 'session.failed'];

async function createWebhook(more: object = {}, user = 'ada') {
  const asked = { url: receiver.url, events: anything, ...more };
  const made = await callAs<Webhook & { secret: string }>(engine, user, 'POST', '/api/v1/webhooks', asked);
  assert.equal(made.status, 200, JSON.stringify(made.body));
  return made.body;
}

/** A session whose script has ended; stopped where asked. */
async function runSession(user = 'ada', isStopped = false): Promise<string> {
  const asked = { task: 'Write hello world', autoStart: true };
  const { sessionId } = (await callAs<{ sessionId: string }>(engine, user, 'POST', '/api/v1/sessions', asked)).body;
  const path = `/api/v1/sessions/${sessionId}`;
  await waitUntil(
    async () => (await callAs<{ lastTurn: object | null }>(engine, user, 'GET', path)).body.lastTurn !== null,
  );
  if (isStopped) await callAs(engine, user, 'DELETE', path);
  return sessionId;
}

const deliveriesOf = async (id: string, query = '') =>
  (await callAs<{ deliveries: Delivery[] }>(engine, 'ada', 'GET', `/api/v1/webhooks/${id}/deliveries${query}`)).body
    .deliveries;

test('a session’s turn and its end arrive in order, signed, and as the document declares them', async () => {
  const { secret, id } = await createWebhook();
  const sessionId = await runSession('ada', true);
  await receiver.waitForCount(2);
  const [turn, stop] = receiver.received;
  assert.ok(turn && stop);
  assert.deepEqual([turn.payload.type, stop.payload.type], ['turn.completed', 'session.stopped']);
  for (const received of [turn, stop]) {
    const { payload } = received;
    assert.ok(isSigned(received, secret));
    assert.ok(!isSigned({ ...received, body: received.body.replace('ada', 'eve') }, secret));
    assert.equal(findMismatch(webhookPayloads[payload.type], payload), undefined);
    assert.partialDeepStrictEqual(payload.data, { sessionId, userId: 'ada' });
    assert.equal(received.headers['content-type'], 'application/json');
  }
  assert.partialDeepStrictEqual(turn.payload.data, { reason: 'finished' });
  await waitUntil(async () => (await deliveriesOf(id, '?state=delivered')).length === 2);
  const metrics = await fetch(`${engine.http}/metrics`).then((answer) => answer.text());
  assert.match(metrics, /lucid_webhook_tries_total\{outcome="taken"\} 2/);
  const [newest, oldest] = await deliveriesOf(id);
  assert.deepEqual([newest?.id, oldest?.id], [stop.id, turn.id]);
  assert.partialDeepStrictEqual(oldest, { type: 'turn.completed', sessionId, attempts: 1, status: 204, problem: null });
});

test('a receiver in plain Python verifies a delivery as the page on webhooks says', async () => {
  const { secret } = await createWebhook();
  await runSession();
  await receiver.waitForCount(1);
  const [received] = receiver.received;
  assert.ok(received);
  const [, page] = /```python\n([\s\S]*?)```/.exec(readFileSync(docs, 'utf8')) ?? [];
  const program = `${page}
import json, sys
secret, headers, body = json.load(sys.stdin)
print(is_from_lucid(secret, headers, body.encode()))`;
  const running = promisify(execFile)('python3', ['-c', program]);
  running.child.stdin?.end(JSON.stringify([secret, received.headers, received.body]));
  assert.equal((await running).stdout.trim(), 'True');
});

test('only the types that were asked for arrive, and only of the user’s own sessions', async () => {
  await createWebhook({ events: ['session.stopped'] });
  await createWebhook({ url: other.url, events: ['turn.completed'] }, 'bob');
  const [ofAda, ofBob] = await Promise.all([runSession('ada', true), runSession('bob', true)]);
  await Promise.all([receiver.waitForCount(1), other.waitForCount(1)]);
  const heard = (of: Receiver) =>
    of.received.map(({ payload: { type, data } }) => [type, 'sessionId' in data && data.sessionId]);
  assert.deepEqual(heard(receiver), [['session.stopped', ofAda]]);
  assert.deepEqual(heard(other), [['turn.completed', ofBob]]);
});

test('a delivery that failed is listed with its problem, and arrives again under the same id when it is asked for', async () => {
  const { id } = await createWebhook();
  receiver.reply = 503;
  await runSession();
  await waitUntil(async () => (await deliveriesOf(id))[0]?.attempts === 1);
  const [failed] = await deliveriesOf(id);
  assert.partialDeepStrictEqual(failed, { state: 'waiting', status: 503, problem: `${receiver.host} answered 503.` });
  assert.ok(failed?.nextTryAt);
  receiver.reply = 200;
  const again = (body: object) =>
    callAs<{ deliveries: number }>(engine, 'ada', 'POST', `/api/v1/webhooks/${id}/redeliver`, body);
  assert.equal((await again({})).body.deliveries, 1);
  await waitUntil(async () => (await deliveriesOf(id))[0]?.state === 'delivered');
  assert.equal((await again({ deliveryId: failed.id })).body.deliveries, 1);
  await receiver.waitForCount(3);
  const [first] = receiver.received;
  for (const received of receiver.received) assert.deepEqual([received.id, received.body], [failed.id, first?.body]);
  assert.equal((await again({ deliveryId: 'no-such' })).status, 404);
});

test('another user’s webhook is none, whatever is asked of it', async () => {
  const { id } = await createWebhook();
  const path = `/api/v1/webhooks/${id}`;
  const ask = (method: string, at: string, body?: object) => callAs<Problem>(engine, 'bob', method, at, body);
  for (const answer of [
    await ask('GET', `${path}/deliveries`),
    await ask('POST', `${path}/redeliver`, {}),
    await ask('DELETE', path),
  ])
    assert.deepEqual([answer.status, answer.body.code], [404, 'noSuchWebhook']);
  const { webhooks } = (await callAs<{ webhooks: Webhook[] }>(engine, 'ada', 'GET', '/api/v1/webhooks')).body;
  assert.deepEqual(
    webhooks.map((webhook) => webhook.id),
    [id],
  );
});

test('a deleted webhook hears nothing more, and nothing of it is left', async () => {
  const { id } = await createWebhook();
  receiver.reply = 500;
  await runSession();
  await receiver.waitForCount(1);
  assert.equal((await callAs(engine, 'ada', 'DELETE', `/api/v1/webhooks/${id}`)).status, 200);
  await runSession();
  const pool = await createPool(engine.databaseUrl);
  const left = await pool.any(sql.unsafe`SELECT 1 FROM lucid_engine.webhook_deliveries WHERE webhook_id = ${id}`);
  await pool.end();
  assert.deepEqual(left, []);
  assert.equal(receiver.received.length, 1);
});

test('URLs that lead nowhere public, secrets that are too short, and too many webhooks are refused', async () => {
  const ask = (more: object) =>
    callAs<Problem>(engine, 'ada', 'POST', '/api/v1/webhooks', { url: receiver.url, events: anything, ...more });
  for (const url of [
    'https://10.0.0.1/',
    'https://localhost/',
    'http://hooks.example.com/',
    'https://169.254.169.254/',
  ])
    assert.deepEqual([url, (await ask({ url })).body.code], [url, 'badWebhookUrl']);
  for (const more of [{ secret: 'whsec_c2hvcnQ=' }, { secret: 'plain' }, { events: [] }, { events: ['session.made'] }])
    assert.equal((await ask(more)).body.code, 'invalid', JSON.stringify(more));
  const made = await Promise.all(Array.from({ length: 10 }, () => ask({})));
  assert.ok(made.every(({ status }) => status === 200));
  assert.deepEqual((await ask({})).body.code, 'tooManyWebhooks');
});

test('secrets, passwords and paths are in no row, no answer after the first, and no line of the log', async () => {
  const secret = `whsec_${Buffer.from('canary-canary-canary-canary').toString('base64')}`;
  const url = `http://ada:pass-canary@${receiver.host}/services/T01/path-canary?token=query-canary`;
  const { url: shown } = await createWebhook({ secret, url });
  assert.equal(shown, `http://${receiver.host}/…nary`);
  await runSession();
  await receiver.waitForCount(1);
  const [received] = receiver.received;
  assert.ok(received && isSigned(received, secret));
  assert.equal(received.headers.authorization, `Basic ${Buffer.from('ada:pass-canary').toString('base64')}`);
  receiver.reply = 500;
  await runSession();
  await receiver.waitForCount(2);
  const pool = await createPool(engine.databaseUrl);
  const rows = await pool.anyFirst(sql.type(v.object({ text: v.string() }))`
    SELECT w::text AS text FROM lucid_engine.webhooks w UNION ALL SELECT d::text FROM lucid_engine.webhook_deliveries d`);
  await pool.end();
  const listed = await callAs(engine, 'ada', 'GET', '/api/v1/webhooks');
  const visible = JSON.stringify([rows, listed.body, log.entries, receiver.received.map(({ body }) => body)]);
  assert.match(visible, new RegExp(receiver.host));
  for (const hidden of [secret, secret.slice(6), 'pass-canary', 'path-canary', 'query-canary', 'canary-canary'])
    assert.ok(!visible.includes(hidden), hidden);
});

test('without ENCRYPTION_KEY nothing is kept, and the refusal says what to set', async () => {
  const plain = await startTestEngine({ environment: { WEBHOOK_ALLOWED_HOSTS: receiver.host } });
  try {
    const asked = { url: receiver.url, events: anything };
    const { status, body } = await callAs<Problem>(plain, 'ada', 'POST', '/api/v1/webhooks', asked);
    assert.deepEqual([status, body.code], [501, 'noEncryptionKey']);
    assert.match(body.detail, /ENCRYPTION_KEY/);
  } finally {
    await plain.close();
  }
});
