// Two engines on one database: a session belongs to one until that one is dead, and no client misses an event.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { type Frame, TestClient } from '../testing/client.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { signTestToken } from '../testing/engine.ts';
import { type EngineProcess, startEngineProcess } from '../testing/process.ts';
import { callAs, waitUntil } from '../testing/rest.ts';
import { runSilenceMs } from './engine-run.ts';

let database: TestDatabase;
let storage: string;
const engines: EngineProcess[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  storage = await mkdtemp(path.join(tmpdir(), 'lucid-two-engines-'));
});

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.kill()));
  await database?.drop();
  await rm(storage, { recursive: true, force: true });
});

/** @param name of the storage folder: engines with one name follow each other, with two they are on two machines */
async function startOn(
  name: string,
  more: Record<string, string> = {},
  flags: readonly string[] = [],
): Promise<EngineProcess> {
  const WORKSPACE_BASE_PATH = path.join(storage, name);
  const environment = { WORKSPACE_BASE_PATH, HOST_THREADS: '1', MOCK_STEP_DELAY_MS: '20', COMMANDS_PER_SECOND: '0' };
  const engine = await startEngineProcess(database.url, { ...environment, ...more }, flags);
  engines.push(engine);
  return engine;
}

/** Connects again, as often as it is told to, until it is attached. @param refusalsMax how often it may be told to */
async function attachWhenTold(
  engine: EngineProcess,
  sessionId: string,
  after: Frame | undefined,
  refusalsMax = Number.POSITIVE_INFINITY,
): Promise<TestClient> {
  const position = after ? `&epoch=${after.epoch}&last_sequence=${after.sequence}` : '';
  const url = `${engine.ws}?token=${await signTestToken('ada')}&session_id=${sessionId}${position}`;
  for (let refusals = 0; ; refusals++) {
    assert.ok(refusals <= refusalsMax, `it was told ${refusals} times to come back`);
    const client = await TestClient.open(url);
    const first = await client.waitFor('an answer', ({ type }) => type === 'attached' || type === 'error');
    if (first.type === 'attached') return client;
    assert.partialDeepStrictEqual(first, { retryable: true });
    await client.closed;
    await delay(100);
  }
}

const sequencesOf = (...clients: TestClient[]) =>
  clients.flatMap(({ events }) => events.map(({ sequence }) => sequence));
const fromOn = (count: number, first = 1) => Array.from({ length: count }, (_, at) => at + first);

async function query<T>(ask: (pool: DatabasePool) => Promise<T>): Promise<T> {
  const pool = await openPool(database.url, { connectionsMax: 1, statementTimeoutMs: 5_000, onError: () => undefined });
  return ask(pool).finally(() => pool.end());
}

/** How many events of a session are stored under an epoch. */
const countEvents = (sessionId: string, epoch: number) =>
  query((pool) =>
    pool.oneFirst(sql.type(v.object({ count: v.number() }))`
      SELECT count(*)::int AS count FROM lucid_engine.chat_messages m
      JOIN lucid_engine.agent_sessions s ON s.chat_id = m.session_id WHERE s.id = ${sessionId} AND m.epoch = ${epoch}`),
  );

/** Has a session at work for some seconds. */
async function atWork(engine: EngineProcess): Promise<TestClient> {
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Emit 400 events, 1 every 20 ms');
  await waitUntil(() => client.events.length > 20);
  return client;
}

test('attaching to a session at another engine is answered `elsewhere`, and the session’s own client misses nothing', async () => {
  const [owner, other] = await Promise.all([startOn('a'), startOn('b')]);
  const client = await atWork(owner);
  const { sessionId } = client;
  const looking = await TestClient.open(`${other.ws}?token=${await signTestToken('ada')}&session_id=${sessionId}`);
  const refusal = await looking.waitForType('error');
  assert.partialDeepStrictEqual(refusal, { code: 'elsewhere', retryable: true });
  assert.ok((refusal.retryAfterMs as number) > 0);
  assert.equal(await looking.closed, 4029);
  const files = await callAs<{ code: string }>(other, 'ada', 'GET', `/api/v1/files/list?session_id=${sessionId}`);
  assert.deepEqual([files.status, files.body.code, files.headers.get('retry-after')], [503, 'elsewhere', '1']);
  const stopped = await callAs(other, 'ada', 'DELETE', `/api/v1/sessions/${sessionId}`);
  assert.equal(stopped.status, 503);
  const send = (on: { http: string }) =>
    callAs<{ id?: string; code?: string }>(on, 'ada', 'POST', `/api/v1/sessions/${sessionId}/messages`, {
      id: 'sent',
      content: 'And this',
    });
  assert.equal((await send(other)).body.code, 'elsewhere');
  assert.deepEqual((await send(owner)).body, (await send(other)).body, 'what is stored is known everywhere');
  const chats = await callAs<{ chats: { id: string }[] }>(other, 'ada', 'GET', '/api/v1/chats');
  const chat = await callAs<{ messages: unknown[] }>(other, 'ada', 'GET', `/api/v1/chats/${chats.body.chats[0]?.id}`);
  assert.ok(chat.body.messages.length > 20, 'its history is in the database, for every engine');
  client.send({ type: 'message', id: 'm-1', content: 'Go on' });
  await client.waitFor('the acknowledgement', ({ id }) => id === 'm-1');
  const last = await client.waitForStatus('completed');
  assert.deepEqual(sequencesOf(client).slice(0, last.sequence), fromOn(last.sequence as number));
  assert.ok(client.events.every(({ epoch }) => epoch === undefined || epoch === 1));
});

test('a session of a killed engine goes on at another engine after the silence, each event once', async () => {
  const [owner, other] = await Promise.all([startOn('a'), startOn('b')]);
  const client = await atWork(owner);
  const killedAtMs = performance.now();
  await owner.kill();
  const again = await attachWhenTold(other, client.sessionId, lastOf(client));
  assert.ok(performance.now() - killedAtMs < runSilenceMs + 20_000);
  const last = await again.waitForStatus('completed');
  assert.deepEqual(sequencesOf(client, again).slice(0, last.sequence), fromOn(last.sequence as number));
});

test('an engine that starts on the storage of a killed one has its sessions at once', async () => {
  const client = await atWork(await startOn('a'));
  await engines[0]?.kill();
  const next = await startOn('a');
  const again = await attachWhenTold(next, client.sessionId, lastOf(client), 0); // It comes back at once, with no refusal.
  const last = await again.waitForStatus('completed');
  assert.deepEqual(sequencesOf(client, again).slice(0, last.sequence), fromOn(last.sequence as number));
});

test('an engine that stood still for 10 s stores nothing of its sessions, and tells their clients to connect again', async () => {
  const [owner, other] = await Promise.all([startOn('a'), startOn('b')]);
  const client = await atWork(owner);
  const resting = await TestClient.start(owner.ws, await signTestToken('ada'), 'Emit 1 event');
  await resting.waitForStatus('completed');
  process.kill(owner.pid, 'SIGSTOP');
  const stopped = delay(10_000);
  const again = await attachWhenTold(other, client.sessionId, lastOf(client));
  await stopped;
  client.send({ type: 'message', id: 'stale', content: 'It waits in the socket of an engine that stands still' });
  const ofOwner = await countEvents(client.sessionId, 1);
  process.kill(owner.pid, 'SIGCONT');
  assert.deepEqual([await client.closed, await resting.closed], [4029, 4029]);
  assert.partialDeepStrictEqual(await client.waitForType('error'), { code: 'elsewhere', retryable: true });
  const last = await again.waitForStatus('completed');
  const seen = new Set(sequencesOf(client, again)); // Frames on their way to the first socket come to both.
  assert.deepEqual(
    [...seen].sort((one, next) => Number(one) - Number(next)),
    fromOn(seen.size),
  );
  assert.ok(seen.has(last.sequence));
  await waitUntil(() => owner.output().includes('run.declaredDead'));
  assert.equal(await countEvents(client.sessionId, 1), ofOwner);
  await waitUntil(async () => (await fetch(`${owner.http}/ready`)).status === 200);
  const back = await attachWhenTold(owner, resting.sessionId, lastOf(resting));
  back.send({ type: 'message', id: 'm-2', content: 'Emit 1 event' });
  await back.waitFor('the acknowledgement', ({ id }) => id === 'm-2');
  const fresh = await TestClient.start(owner.ws, await signTestToken('ada'), 'Emit 1 event');
  await fresh.waitForStatus('completed');
});

test('the sessions of an engine that ended can be had from another one at once', async () => {
  const [owner, other] = await Promise.all([startOn('a'), startOn('b')]);
  const client = await TestClient.start(owner.ws, await signTestToken('ada'), 'Emit 1 event');
  await client.waitForStatus('completed');
  const ending = owner.terminate();
  assert.equal(await client.closed, 1001);
  const again = await TestClient.open(`${other.ws}?token=${await signTestToken('ada')}&session_id=${client.sessionId}`);
  await again.waitForType('attached');
  assert.equal(await ending, 0);
});

test('an engine that is about to end gives away what rests while others of its sessions are at work', async () => {
  const [owner, other] = await Promise.all([startOn('a', { RECONNECT_GRACE: '0' }), startOn('b')]);
  const [resting, passivated] = await Promise.all(
    ['Emit 1 event', 'Emit 2 events'].map(async (task) => {
      const client = await TestClient.start(owner.ws, await signTestToken('ada'), task);
      await client.waitForStatus('completed');
      return client;
    }),
  );
  assert.ok(resting && passivated);
  await passivated.close();
  await waitUntil(async () => (await countIn(owner)) === 1);
  const client = await atWork(owner);
  const ending = owner.terminate();
  assert.equal(await resting.closed, 1001);
  const again = await attachWhenTold(other, resting.sessionId, lastOf(resting), 0);
  await attachWhenTold(other, passivated.sessionId, lastOf(passivated));
  again.send({ type: 'message', id: 'm-1', content: 'Emit 1 event' });
  await again.waitFor('the acknowledgement', ({ id }) => id === 'm-1');
  assert.equal(await ending, 0);
  assert.equal(await client.closed, 1001);
  const next = await attachWhenTold(other, client.sessionId, lastOf(client));
  await waitUntil(() => [...client.events, ...next.events].some(isCompleted)); // Here or there: the turn has 10 s.
  const sequences = sequencesOf(client, next);
  assert.deepEqual(sequences, fromOn(sequences.length));
});

test('engines whose clocks are 10 minutes apart leave each other’s sessions alone, until one of them dies', async () => {
  const [ahead, behind] = await Promise.all([
    startOn('a', {}, [clockFlag(600_000)]),
    startOn('b', {}, [clockFlag(-600_000)]),
  ]);
  const clients = await Promise.all([atWork(ahead), atWork(behind)]);
  const ends = await Promise.all(clients.map((client) => client.waitForStatus('completed')));
  for (const [at, client] of clients.entries()) {
    assert.ok(client.events.every(({ epoch }) => epoch === undefined || epoch === 1));
    assert.deepEqual(sequencesOf(client).slice(0, ends[at]?.sequence), fromOn(ends[at]?.sequence as number));
  }
  for (const { output } of engines) assert.doesNotMatch(output(), /run\.declaredDead|sessions\.resumed/);
  await ahead.kill();
  const [client] = clients;
  assert.ok(client);
  const again = await attachWhenTold(behind, client.sessionId, lastOf(client));
  again.send({ type: 'message', id: 'm-1', content: 'Emit 1 event' });
  await again.waitFor('the acknowledgement', ({ id }) => id === 'm-1');
});

test('two engines of the same name are two engines', async () => {
  const [owner, other] = await Promise.all([startOn('a', { NODE_NAME: 'twin' }), startOn('b', { NODE_NAME: 'twin' })]);
  const client = await atWork(owner);
  const looking = await TestClient.open(
    `${other.ws}?token=${await signTestToken('ada')}&session_id=${client.sessionId}`,
  );
  assert.partialDeepStrictEqual(await looking.waitForType('error'), { code: 'elsewhere', retryable: true });
  await client.waitForStatus('completed');
  let runs: readonly v.InferOutput<typeof RunRow>[] = [];
  await waitUntil(async () => {
    runs = await query((pool) =>
      pool.any(sql.type(RunRow)`
        SELECT node, boot_id AS "bootId", (load ->> 'sessions')::int AS sessions FROM lucid_engine.engine_runs
        ORDER BY sessions`),
    );
    return runs.at(-1)?.sessions === 1;
  });
  assert.deepEqual(
    runs.map(({ node, sessions }) => [node, sessions]),
    [
      ['twin', 0],
      ['twin', 1],
    ],
  );
  assert.equal(new Set(runs.map(({ bootId }) => bootId)).size, 2);
});

const RunRow = v.object({ node: v.string(), bootId: v.string(), sessions: v.number() });

/** How many sessions an engine has. */
async function countIn({ http }: EngineProcess): Promise<number> {
  return ((await (await fetch(http)).json()) as { active_sessions: number }).active_sessions;
}

const isCompleted = ({ type, status }: Frame) => type === 'status' && status === 'completed';

/** A flag of Node that sets the clock of a whole process, worker threads included. */
function clockFlag(aheadMs: number): string {
  const code = `const Real = Date;
    globalThis.Date = class Date extends Real {
      constructor(...given) { given.length > 0 ? super(...given) : super(Real.now() + ${aheadMs}); }
      static now() { return Real.now() + ${aheadMs}; }
    };`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

function lastOf({ events }: TestClient): Frame {
  const last = events.at(-1) as Frame;
  return { ...last, epoch: 1 };
}

test('an engine that starts beside another one without a bus says so once; one that follows another does not', async () => {
  const warningsOf = (engine: EngineProcess) =>
    engine
      .output()
      .split('\n')
      .filter((line) => line.includes('CLUSTER_URL is not set'));
  const first = await startOn('a', { NODE_NAME: 'first' });
  const second = await startOn('b');
  assert.deepEqual([warningsOf(first).length, warningsOf(second).length], [0, 1]);
  assert.match(warningsOf(second)[0] ?? '', /The engine first runs on this database too.*"config\.warning"/);
  const third = await startOn('a');
  const areWarned = [second, third].map((engine) => engine.output().includes('runs on the same WORKSPACE_BASE_PATH'));
  assert.deepEqual(areWarned, [false, true], 'and so does one that has the folder of another');
  await Promise.all([first.terminate(), second.kill(), third.terminate()]);
  const next = await startOn('b');
  assert.deepEqual(warningsOf(next), []);
});
