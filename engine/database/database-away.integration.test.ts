// PostgreSQL in trouble, as clients see it: they are told, answered in time, and lose nothing that was acknowledged.
import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { sql } from 'slonik';
import { limits } from '../../schema/limits.ts';
import { TestClient } from '../testing/client.ts';
import { createTestDatabase, runStatement } from '../testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { TestStream } from '../testing/event-stream.ts';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { startTestPostgres } from '../testing/postgres.ts';
import { callAs, waitUntil, waitUntilHolds } from '../testing/rest.ts';

type Problem = { code: string; detail: string };
type Messages = { messages: { content: string; sequence: number }[] };
type Chats = { chats: { id: string; agentSessionId: string }[] };

let token: string;
before(async () => {
  token = await signTestToken('ada');
});

/** Waits until the engine's threads have loaded, which can take longer than any limit tested here. */
async function startedOn(databaseUrl: string): Promise<TestEngine> {
  const engine = await startTestEngine({ databaseUrl, environment: { HOST_THREADS: '1' } });
  const made = await callAs(engine, 'eve', 'POST', '/api/v1/sessions', { task: 'be the first' });
  assert.ok(made.status < 300);
  return engine;
}

/** An engine that reaches PostgreSQL through the proxy. */
async function behindProxy(t: TestContext): Promise<{ engine: TestEngine; proxy: FaultProxy; databaseUrl: string }> {
  const database = await createTestDatabase();
  const proxy = await FaultProxy.start(database.url);
  const engine = await startedOn(proxy.url);
  t.after(async () => {
    proxy.heal();
    await engine.close();
    await proxy.stop();
    await database.drop();
  });
  return { engine, proxy, databaseUrl: database.url };
}

const readiness = async (engine: TestEngine) => (await fetch(`${engine.http}/ready`)).status;

/** A session that has done its task, and its client. */
async function resting(engine: TestEngine): Promise<TestClient> {
  const client = await TestClient.start(engine.ws, token, 'be there');
  await client.waitForStatus('completed');
  return client;
}

const acknowledged = (client: TestClient, id: string) => client.waitFor(`ack of ${id}`, (frame) => frame.id === id);

/** The contents of a session's stored messages, and that their sequences have no gap and no repetition. */
async function storedOf(engine: TestEngine, { sessionId }: TestClient): Promise<string[]> {
  await waitUntil(async () => (await callAs(engine, 'ada', 'GET', '/api/v1/chats')).status === 200);
  const { body } = await callAs<Chats>(engine, 'ada', 'GET', '/api/v1/chats');
  const chat = body.chats.find(({ agentSessionId }) => agentSessionId === sessionId);
  const path = `/api/v1/chats/${chat?.id}/messages?include=system`;
  const { messages } = (await callAs<Messages>(engine, 'ada', 'GET', path)).body;
  assert.deepEqual(
    messages.map(({ sequence }) => sequence),
    messages.map((_, at) => at + 1),
  );
  return messages.map(({ content }) => content);
}

test('while PostgreSQL is away every client is told and answered in time; afterwards sessions go on, each row once', async (t) => {
  const { engine, proxy } = await behindProxy(t);
  const client = await resting(engine);
  const events = `${engine.http}/api/v1/sessions/${client.sessionId}/events?token=${token}`;
  const stream = await TestStream.open(events, {});
  await stream.waitForStatus('completed');
  proxy.refuse();
  client.send({ type: 'message', id: 'meanwhile', content: 'said meanwhile' });
  const told = await client.waitForStatus('storage_unavailable');
  assert.deepEqual([told.sessionId, told.sequence], [client.sessionId, undefined]);
  assert.equal(await readiness(engine), 503);
  for (const [method, path, body] of [
    ['GET', '/api/v1/chats'],
    ['POST', '/api/v1/sessions', { task: 'begin' }],
  ] as const) {
    const { status, headers, body: problem } = await callAs<Problem>(engine, 'ada', method, path, body);
    assert.deepEqual([status, problem.code], [503, 'storageUnavailable']);
    assert.ok(Number(headers.get('retry-after')) > 0);
  }
  const comer = await TestClient.open(`${engine.ws}?token=${token}&session_id=${client.sessionId}`);
  await comer.waitForStatus('storage_unavailable');
  assert.equal((await comer.waitForType('error')).code, 'storageUnavailable');
  assert.equal(await comer.closed, 4029);
  await stream.waitForStatus('storage_unavailable');
  const streamComer = await TestStream.open(events, {});
  assert.equal(await streamComer.ended, true);
  assert.deepEqual([streamComer.status, streamComer.frames[0]?.code], [200, 'storageUnavailable']);
  assert.equal(streamComer.retryMs, streamComer.frames[0]?.retryAfterMs);
  assert.ok(!client.frames.some((frame) => frame.id === 'meanwhile'), 'nothing is acknowledged before it is stored');

  proxy.heal();
  const healedAtMs = performance.now();
  await acknowledged(client, 'meanwhile');
  await client.waitForStatus('storage_restored');
  await stream.waitForStatus('storage_restored');
  stream.cut();
  assert.ok(performance.now() - healedAtMs < 3 * limits.databaseSilenceTimeoutMs);
  assert.equal(await readiness(engine), 200);
  const stored = await storedOf(engine, client);
  assert.equal(stored.filter((content) => content === 'said meanwhile').length, 1);
  await client.close();
});

test('when connections go silent, reads are answered 503 within seconds, and sessions go on afterwards', async (t) => {
  const { engine, proxy } = await behindProxy(t);
  const client = await resting(engine);
  const readTogether = Array.from({ length: 8 }, () => callAs<Chats>(engine, 'ada', 'GET', '/api/v1/chats'));
  for (const { status } of await Promise.all(readTogether)) assert.equal(status, 200);
  proxy.silence();
  const askedAtMs = performance.now();
  const { status, body } = await callAs<Problem>(engine, 'ada', 'GET', '/api/v1/chats');
  assert.deepEqual([status, body.code], [503, 'storageUnavailable']);
  assert.ok(performance.now() - askedAtMs < 2 * limits.databaseSilenceTimeoutMs);
  await client.waitForStatus('storage_unavailable');
  await waitUntilHolds(async () => {
    const again = performance.now();
    await callAs<Problem>(engine, 'ada', 'GET', '/api/v1/chats');
    assert.ok(performance.now() - again < 3_000, 'what is known is said at once');
  });
  proxy.heal();
  const healedAtMs = performance.now();
  await client.waitForStatus('storage_restored');
  assert.equal((await callAs<Chats>(engine, 'ada', 'GET', '/api/v1/chats')).status, 200);
  client.send({ type: 'message', id: 'after', content: 'and on' });
  await acknowledged(client, 'after');
  assert.ok(
    performance.now() - healedAtMs < limits.databaseSilenceTimeoutMs,
    'a connection that has rested is not trusted',
  );
  await client.close();
});

test('a session whose chat is deleted directly in the database ends with 4004, and says why', async (t) => {
  const { engine, databaseUrl } = await behindProxy(t);
  const client = await resting(engine);
  await runStatement(databaseUrl, sql.unsafe`DELETE FROM chat_sessions`);
  client.send({ type: 'message', id: 'late', content: 'is anybody there?' });
  assert.equal((await client.waitForType('error')).code, 'noSuchSession');
  assert.equal(await client.closed, 4004);
  const listed = await callAs<{ sessions: unknown[] }>(engine, 'ada', 'GET', '/api/v1/sessions');
  assert.deepEqual(listed.body.sessions, []);
  const back = await TestClient.open(`${engine.ws}?token=${token}&session_id=${client.sessionId}`);
  assert.equal(await back.closed, 4004);
});

test('when an operator ends connections, clients notice nothing, and nothing is lost', async (t) => {
  const { engine, databaseUrl } = await behindProxy(t);
  const client = await resting(engine);
  const ids = Array.from({ length: 20 }, (_, at) => `m-${at}`);
  for (const id of ids) {
    client.send({ type: 'message', id, content: id });
    await runStatement(
      databaseUrl,
      sql.unsafe`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
  }
  for (const id of ids) await acknowledged(client, id);
  const stored = await storedOf(engine, client);
  for (const id of ids) assert.equal(stored.filter((content) => content === id).length, 1, id);
  await client.close();
});

test('after PostgreSQL is restarted or killed, all that was acknowledged is there and sessions go on by themselves', async (t) => {
  const server = await startTestPostgres();
  const engine = await startedOn(server.url);
  t.after(async () => {
    await engine.close();
    await server.stop();
  });
  const client = await resting(engine);
  for (const name of ['SIGINT', 'SIGKILL'] as const) {
    client.send({ type: 'message', id: `before ${name}`, content: `before ${name}` });
    await server.signal(name);
    client.send({ type: 'message', id: `after ${name}`, content: `after ${name}` });
    await acknowledged(client, `before ${name}`);
    await acknowledged(client, `after ${name}`);
  }
  await waitUntil(async () => (await readiness(engine)) === 200);
  const stored = await storedOf(engine, client);
  for (const frame of client.events.filter(({ type }) => type === 'ack'))
    assert.equal(stored.filter((content) => content === frame.content).length, 1, String(frame.content));
  await client.close();
});
