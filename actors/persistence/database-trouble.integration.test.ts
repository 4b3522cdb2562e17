// The persistence actor on a real PostgreSQL behind a bad network: it goes on by itself, and each row is stored once.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { migrate } from '../../engine/database/migrations.ts';
import { createTestDatabase, type TestDatabase } from '../../engine/testing/database.ts';
import { FaultProxy } from '../../engine/testing/fault-proxy.ts';
import { limits } from '../../schema/limits.ts';
import type { Write } from '../../schema/thread.ts';
import { SessionWrites } from '../testing/session-writes.ts';
import { TestPersistence } from '../testing/test-persistence.ts';
import { DatabaseAwayError, isAway, openPool, openPoolOnceThere, runOnConnection } from './database-pool.ts';
import { createDatabaseStore } from './persistence-store.ts';

let database: TestDatabase;
let direct: DatabasePool;
let proxy: FaultProxy;
let pool: DatabasePool;
let ring: TestPersistence;
let names = 0;

const poolOf = (url: string) =>
  openPool(url, {
    connectionsMax: 1,
    statementTimeoutMs: limits.databaseWriteTimeoutMs,
    onError: () => undefined,
  });

before(async () => {
  database = await createTestDatabase();
  direct = await poolOf(database.url);
  await migrate(direct);
  await direct.query(sql.unsafe`INSERT INTO users (id) VALUES ('ada')`);
});

after(async () => {
  await direct?.end();
  await database?.drop();
});

beforeEach(async () => {
  proxy = await FaultProxy.start(database.url);
  pool = await poolOf(proxy.url);
  ring = new TestPersistence(createDatabaseStore(pool, 'a-run'));
});

afterEach(async () => {
  ring?.close();
  await proxy?.stop();
  await pool?.end();
});

const session = () => new SessionWrites(`trouble-${++names}`);

async function until(what: string, isSo: () => boolean | Promise<boolean>, waitMsMax = 30_000): Promise<void> {
  for (const startedAtMs = performance.now(); !(await isSo()); await delay(5))
    assert.ok(performance.now() - startedAtMs < waitMsMax, `never: ${what}`);
}

const Row = v.object({ sequence: v.number() });

/** The sequences of a session's rows, in order. */
const rowsOf = async ({ chatId }: SessionWrites): Promise<number[]> => {
  const rows = await direct.any(
    sql.type(Row)`SELECT sequence FROM lucid_engine.chat_messages WHERE session_id = ${chatId} ORDER BY sequence`,
  );
  return rows.map((row) => row.sequence);
};

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

const framesOf = ({ sessionId }: SessionWrites) =>
  ring.frames.filter(([id]) => id === sessionId).map(([, sequence]) => sequence);

/** Every row is there once, and its frame went out once, in order. */
async function assertWhole(writes: SessionWrites, count: number): Promise<void> {
  assert.deepEqual(await rowsOf(writes), upTo(count));
  assert.deepEqual(framesOf(writes), upTo(count));
}

test('each session, event and update is stored once though every second reply of a COMMIT is lost', async () => {
  const host = ring.attachHost(0);
  proxy.loseReplies(
    { after: 'INSERT INTO lucid_engine.chat_messages', isAlone: true, every: 2, ending: 'reset' },
    { after: 'COMMIT', every: 2, ending: 'reset' },
  );
  const sessions: SessionWrites[] = [];
  for (let round = 0; round < 10; round++) {
    const writes = session();
    sessions.push(writes);
    host.sendWrites(writes.openWrite(), ...writes.eventWrites(20), writes.updateWrite({ isActive: round % 2 === 0 }));
    await until('they are committed', () => framesOf(writes).length === 20);
  }
  assert.deepEqual(
    [proxy.repliesLostAfter('INSERT INTO lucid_engine.chat_messages'), proxy.repliesLostAfter('COMMIT')],
    [5, 4],
  );
  for (const writes of sessions) await assertWhole(writes, 20);
  assert.equal(
    host.received.reduce((sum, message) => sum + (message.kind === 'committed' ? message.writes : 0), 0),
    220,
  );
});

test('each event is stored once though every second reply of a lone INSERT is lost', async () => {
  const host = ring.attachHost(0);
  const writes = session();
  host.sendWrites(writes.openWrite());
  await until('it is open', () => host.received.length === 1);
  proxy.loseReplies({ after: 'INSERT INTO lucid_engine.chat_messages', every: 2, ending: 'reset' });
  for (let at = 1; at <= 10; at++) {
    host.sendWrites(writes.eventWrite());
    await until('it is committed', () => framesOf(writes).length === at);
  }
  assert.ok(proxy.repliesLost >= 9);
  await assertWhole(writes, 10);
});

test('a claim whose COMMIT’s reply is lost is made again, and the host is told of one claim', async () => {
  const host = ring.attachHost(0);
  const writes = session();
  host.sendWrites(writes.openWrite(), ...writes.eventWrites(3));
  await until('it is stored', () => framesOf(writes).length === 3);
  proxy.loseReplies({ after: 'COMMIT', every: 1, ending: 'reset' });
  host.requestActivation(writes.sessionId);
  await until('a reply is lost', () => proxy.repliesLost === 1);
  proxy.heal();
  await until('it is claimed', () => host.received.some((message) => message.kind === 'activated'));
  const claims = host.received.flatMap((message) => (message.kind === 'activated' ? [message.outcome] : []));
  assert.equal(claims.length, 1);
  assert.ok(claims[0]?.ok);
  assert.deepEqual([claims[0].value.record.epoch, claims[0].value.events.length], [3, 3]);
});

test('after an operator ends its connections everything is stored all the same', async () => {
  const host = ring.attachHost(0);
  const writes = session();
  host.sendWrites(writes.openWrite());
  for (let round = 1; round <= 20; round++) {
    host.sendWrites(...writes.eventWrites(50));
    await direct.query(sql.unsafe`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
  }
  await until('all is stored', () => framesOf(writes).length === 1_000);
  await assertWhole(writes, 1_000);
});

test('whatever waits is stored though connections are cut and reset in the middle', async () => {
  const host = ring.attachHost(0);
  const writes = session();
  host.sendWrites(writes.openWrite());
  for (let round = 1; round <= 20; round++) {
    host.sendWrites(...writes.eventWrites(50));
    await delay(5);
    if (round % 2 === 0) proxy.cut();
    else proxy.reset();
  }
  await until('all is stored', () => framesOf(writes).length === 1_000);
  await assertWhole(writes, 1_000);
});

test('while PostgreSQL is down it keeps what it has, says so, and goes on within seconds once PostgreSQL is back', async () => {
  const host = ring.attachHost(0);
  const writes = session();
  host.sendWrites(writes.openWrite(), writes.eventWrite());
  await until('it is stored', () => framesOf(writes).length === 1);
  proxy.refuse();
  host.sendWrites(...writes.eventWrites(99));
  await until('it is announced', () => ring.listReceived('storage').length === 1);
  await delay(3_000); // Long enough for the longest pause between two tries.
  assert.equal(framesOf(writes).length, 1);
  proxy.heal();
  const healedAtMs = performance.now();
  await until('it is stored', () => framesOf(writes).length === 100);
  assert.ok(performance.now() - healedAtMs < limits.databaseSilenceTimeoutMs);
  assert.deepEqual(
    ring.listReceived('storage').map(({ isAvailable }) => isAvailable),
    [false, true],
  );
  await assertWhole(writes, 100);
});

test('a connection that goes silent in the middle of a transaction ends in bounded time, and what it had locked is let go', async () => {
  const host = ring.attachHost(0);
  const writes = session();
  host.sendWrites(writes.openWrite(), writes.eventWrite());
  await until('it is stored', () => framesOf(writes).length === 1);
  const late: Write[] = [writes.eventWrite(), writes.updateWrite({ isActive: false })];
  proxy.loseReplies({ after: 'UPDATE lucid_engine.agent_sessions', every: 1, ending: 'silence' });
  host.sendWrites(...late);
  await until('a reply is lost', () => proxy.repliesLost === 1);
  proxy.heal();
  await until('it is stored', () => framesOf(writes).length === 2, limits.databaseSilenceTimeoutMs + 30_000);
  await assertWhole(writes, 2);
});

test('once PostgreSQL answers again, nothing waits for a connection that went silent', async () => {
  const host = ring.attachHost(0);
  const writes = session();
  host.sendWrites(writes.openWrite(), writes.eventWrite());
  await until('it is stored', () => framesOf(writes).length === 1);
  proxy.silence();
  host.sendWrites(writes.eventWrite());
  await delay(200);
  proxy.heal();
  const healedAtMs = performance.now();
  ring.sendDatabaseAnswers();
  await until('it is stored', () => framesOf(writes).length === 2);
  assert.ok(performance.now() - healedAtMs < limits.databaseSilenceTimeoutMs);
  await assertWhole(writes, 2);
});

test('work on a connection that went silent ends after its time, and the next work has another connection', async () => {
  const ask = (timeoutMs: number) =>
    runOnConnection(pool, timeoutMs, (connection) => connection.oneFirst(sql.unsafe`SELECT 1 AS one`));
  assert.equal(await ask(10_000), 1);
  proxy.silence();
  const startedAtMs = performance.now();
  await assert.rejects(ask(200), DatabaseAwayError);
  assert.ok(performance.now() - startedAtMs < limits.databaseSilenceTimeoutMs);
  proxy.heal();
  assert.equal(await ask(10_000), 1);
});

test('a PostgreSQL that is away and a bug of the engine are told apart', async () => {
  const failureOf = (work: () => Promise<unknown>) =>
    work().then(
      () => assert.fail('It did not fail.'),
      (error: unknown) => error,
    );
  const query = (statement: ReturnType<typeof sql.unsafe>) => failureOf(() => pool.query(statement));
  assert.equal(isAway(await query(sql.unsafe`SELECT nothing FROM nowhere`)), false);
  assert.equal(isAway(await query(sql.unsafe`SELECT 'x'::int`)), false);
  assert.equal(isAway(await query(sql.unsafe`SELECT 1 / 0`)), false);
  assert.equal(isAway(new TypeError('ours')), false);
  assert.equal(isAway(await query(sql.unsafe`SELECT pg_terminate_backend(pg_backend_pid())`)), true);
  const sleeping = query(sql.unsafe`SELECT pg_sleep(60)`);
  const sleeps = sql.unsafe`
    SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;
  await until('it sleeps', () => direct.exists(sleeps));
  proxy.reset();
  assert.equal(isAway(await sleeping), true);
  proxy.refuse();
  assert.equal(isAway(await query(sql.unsafe`SELECT 1`)), true);
  proxy.heal();
});

test('a thread that begins while PostgreSQL refuses or answers nothing has its connections once it does', async (t) => {
  const url = new URL(proxy.url);
  url.searchParams.set('connect_timeout', '1');
  for (const fail of ['refuse', 'silence'] as const) {
    proxy[fail]();
    let isOpen = false;
    const awaited: string[] = [];
    const options = { connectionsMax: 1, statementTimeoutMs: 5_000, onError: () => undefined };
    const opening = openPoolOnceThere(url.href, options, (reason) => awaited.push(reason));
    const opened = opening.finally(() => {
      isOpen = true;
    });
    t.after(async () => (await opening).end());
    await delay(1_500);
    assert.deepEqual([isOpen, awaited.length], [false, 1], fail);
    proxy.heal();
    assert.equal(await (await opened).oneFirst(sql.type(v.object({ one: v.number() }))`SELECT 1 AS one`), 1);
  }
});
