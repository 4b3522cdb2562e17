// Batches on a real PostgreSQL: stored once, fenced by the statement itself, and never held up by a row that is refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { type DatabasePool, type DatabaseTransactionConnection, sql } from 'slonik';
import * as v from 'valibot';
import { createTestDatabase } from '../../engine/testing/database.ts';
import { queueWrites, TestStore } from '../../engine/testing/store.ts';
import { limits } from '../../schema/limits.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import type { Write } from '../../schema/thread.ts';
import type { SessionWrites } from '../testing/session-writes.ts';
import { collectFrames } from './batch.ts';
import { openPool } from './database-pool.ts';
import { activateSession } from './queries/activate-session.ts';
import { insertWrites } from './queries/insert-writes.ts';
import { storeBatch } from './store-batch.ts';

let stored: TestStore;
let pool: DatabasePool;

before(async () => {
  stored = await TestStore.open();
  pool = stored.pool;
});

after(() => stored?.close());

const session = () => stored.makeSession();
const openSession = () => stored.openSession();
const store = (...writes: Write[]) => stored.store(...writes);

const Row = v.object({
  sequence: v.number(),
  epoch: v.number(),
  role: v.string(),
  event_type: v.string(),
  content: v.string(),
});
const Chat = v.object({ title: v.string(), is_active: v.boolean(), user_id: v.string(), updated_at: v.number() });
const SessionRow = v.object({ state: v.string(), epoch: v.number() });

const rowsOf = ({ chatId }: SessionWrites) =>
  pool.any(sql.type(Row)`
    SELECT sequence, epoch, role, event_type, content FROM lucid_engine.chat_messages WHERE session_id = ${chatId} ORDER BY sequence`);

const contentsOf = async (writes: SessionWrites) => (await rowsOf(writes)).map((row) => row.content);
const chatOf = ({ chatId }: SessionWrites) =>
  pool.one(sql.type(Chat)`SELECT title, is_active, user_id, updated_at FROM chat_sessions WHERE id = ${chatId}`);
const recordOf = ({ sessionId }: SessionWrites) =>
  pool.one(sql.type(SessionRow)`SELECT state, epoch FROM lucid_engine.agent_sessions WHERE id = ${sessionId}`);

test('a session, its events and its state are stored in one batch, and read back as they were', async () => {
  const writes = session();
  const first = writes.eventWrite({
    eventType: 'InitialTask',
    role: 'user',
    commandId: 'task-1',
    content: 'naïve 😀\n',
  });
  const metadata = { toolCall: { id: 'c', name: 'shell', input: { command: 'ls \u0000' } } };
  const second = writes.eventWrite({ eventType: 'CmdRunAction', metadata, createdAtMs: 1_771_324_200_123 });
  const result = await store(writes.openWrite(), first, second, writes.updateWrite({ isActive: false }));
  assert.deepEqual([result.writeResults.size, result.reasons.size], [0, 0]);
  const activation = await activateSession(pool, writes.sessionId);
  assert.ok(activation.ok);
  assert.deepEqual(activation.value.events, [first.event, second.event]);
  assert.deepEqual(activation.value.events.map(frameOf), [first.frame, second.frame]);
  assert.deepEqual(activation.value.record, { ...writes.openWrite().record, epoch: 2 });
  assert.partialDeepStrictEqual(await chatOf(writes), { title: 'Build it', is_active: false, user_id: 'ada' });
});

test('of two attempts to make one session the first that is stored stands, and the other leaves nothing', async () => {
  const first = session();
  const other = session();
  const attempt = (writes: SessionWrites): Write[] =>
    [writes.openWrite(), ...writes.eventWrites(2), writes.updateWrite({ state: 'failed' })].map((write) =>
      write.kind === 'open'
        ? { ...write, sessionId: first.sessionId, record: { ...write.record, sessionId: first.sessionId } }
        : { ...write, sessionId: first.sessionId },
    );
  const [earlier, late] = [attempt(first), attempt(other)];
  await store(...earlier);
  const result = await store(...late);
  assert.deepEqual([...new Set(result.writeResults.values())], ['fenced']);
  assert.deepEqual(collectFrames(queueWrites(late), result), []);
  const again = await store(...(late.slice(1) as [Write]));
  assert.deepEqual([...again.writeResults.values()], ['fenced', 'fenced']);
  await assert.rejects(chatOf(other), /no rows/);
  assert.equal((await chatOf(first)).title, 'Build it');
  assert.deepEqual(await contentsOf(first), ['event 1', 'event 2']);
  assert.deepEqual((await store(...earlier)).writeResults.get(earlier[0] as Write) ?? 'stored', 'stored');
});

test('a batch that is stored twice is stored once, and says so both times', async () => {
  const writes = session();
  const batch = [writes.openWrite(), ...writes.eventWrites(3), writes.updateWrite()];
  for (let time = 1; time <= 2; time++)
    assert.deepEqual(
      collectFrames(queueWrites(batch), await store(...batch)).map((frame) => frame.sequence),
      [1, 2, 3],
    );
  assert.deepEqual(await contentsOf(writes), ['event 1', 'event 2', 'event 3']);
});

test('the rest of a batch that is stored in part is stored', async () => {
  const writes = await openSession();
  const events = writes.eventWrites(4);
  await store(...events.slice(1, 3));
  assert.equal(collectFrames(queueWrites(events), await store(...events)).length, 4);
  assert.equal((await rowsOf(writes)).length, 4);
});

test('a write of an owner that lost its session is refused, and the others are stored', async () => {
  const [stale, other] = [await openSession(), await openSession()];
  const [early, late, neighbour] = [stale.eventWrite(), stale.eventWrite(), other.eventWrite()];
  await store(early);
  await activateSession(pool, stale.sessionId);
  const batch = [late, neighbour, stale.updateWrite({ state: 'stopped' })];
  const result = await store(...batch);
  assert.equal(result.writeResults.get(late), 'fenced');
  assert.deepEqual(
    collectFrames(queueWrites(batch), result).map((frame) => frame.sessionId),
    [other.sessionId],
  );
  assert.deepEqual(await contentsOf(stale), ['event 1']);
  assert.partialDeepStrictEqual(await recordOf(stale), { state: 'live', epoch: 2 });
});

/** Resolves when some statement in this database waits for a lock. */
async function isBlocked(): Promise<void> {
  for (;;) {
    const waiting = await pool.exists(sql.unsafe`
      SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    if (waiting) return;
  }
}

/** A transaction that has done its work and not committed yet. */
async function startTransaction(work: (connection: DatabaseTransactionConnection) => Promise<unknown>) {
  const done = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const committed = pool.transaction(async (connection) => {
    await work(connection);
    done.resolve();
    await mayCommit.promise;
  });
  await done.promise;
  return () => {
    mayCommit.resolve();
    return committed;
  };
}

test('a write that meets a claim waits for it, and is refused', async () => {
  const writes = await openSession();
  const late = writes.eventWrite();
  const claim = sql.unsafe`UPDATE lucid_engine.agent_sessions SET epoch = epoch + 1 WHERE id = ${writes.sessionId}`;
  const commit = await startTransaction((connection) => connection.query(claim));
  const storing = store(late);
  await isBlocked();
  await commit();
  assert.equal((await storing).writeResults.get(late), 'fenced');
  assert.deepEqual(await rowsOf(writes), []);
});

test('a claim that meets a write waits for it, and reads what it wrote', async () => {
  const writes = await openSession();
  const batch = { opens: [], events: writes.eventWrites(2), updates: [] };
  const commit = await startTransaction((connection) =>
    insertWrites(connection, batch, { runId: null, attempt: 'first' }),
  );
  const claiming = activateSession(pool, writes.sessionId);
  await isBlocked();
  await commit();
  const activation = await claiming;
  assert.equal(activation.ok && activation.value.events.length, 2);
});

test('whatever claims and writes meet, an owner reads everything that older owners ever stored', async () => {
  let owner = await openSession();
  const claims: { epoch: number; read: number }[] = [];
  const work: Promise<unknown>[] = [];
  for (let round = 0; round < 12; round++) {
    const current = owner;
    for (let n = 0; n < 3; n++) work.push(store(current.eventWrite()));
    const claim = activateSession(pool, owner.sessionId).then((activation) => {
      assert.ok(activation.ok);
      claims.push({ epoch: activation.value.record.epoch, read: activation.value.events.length });
    });
    work.push(claim);
    owner = owner.claimNext();
  }
  await Promise.all(work);
  const rows = await rowsOf(owner);
  assert.equal(claims.length, 12);
  for (const { epoch, read } of claims)
    assert.equal(rows.filter((row) => row.epoch < epoch).length, read, `under epoch ${epoch}`);
});

/** An event that the checks of the server let through with a character that PostgreSQL can't store. */
const unstorableEvent = (writes: SessionWrites) => writes.eventWrite({ content: 'bad \0 text' });

test('a row that PostgreSQL refuses stands alone: the others are stored, and a substitute is in its place', async () => {
  const [sick, well] = [await openSession(), await openSession()];
  const bad = unstorableEvent(sick);
  const batch = [well.eventWrite(), bad, well.eventWrite(), sick.eventWrite(), well.eventWrite()];
  const result = await store(...batch);
  assert.match(result.reasons.get(bad) ?? '', /SQLSTATE 22P05/);
  assert.deepEqual(
    collectFrames(queueWrites(batch), result).map((frame) => frame.sequence),
    batch.map((write) => write.event.sequence),
  );
  assert.deepEqual(await contentsOf(well), ['event 1', 'event 2', 'event 3']);
  const [substitute, after] = await rowsOf(sick);
  assert.partialDeepStrictEqual(substitute, { sequence: 1, event_type: 'StorageErrorEvent', role: 'system' });
  assert.match(substitute?.content ?? '', /^This event could not be stored: .*22P05/);
  assert.equal(after?.content, 'event 2');
});

test('clients see the substitute and not what was refused, and see it again when they return', async () => {
  const writes = await openSession();
  const bad = unstorableEvent(writes);
  const [frame] = collectFrames(queueWrites([bad]), await store(bad));
  assert.match(frame?.frame ?? '', /StorageErrorEvent/);
  const activation = await activateSession(pool, writes.sessionId);
  assert.deepEqual(activation.ok && activation.value.events.map(frameOf), [frame?.frame]);
});

test('wherever the bad rows are, all good ones are stored and every place is taken', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), fc.boolean(), async (isBad, isNew) => {
      const writes = isNew ? session() : await openSession();
      const events = isBad.map((bad) => (bad ? unstorableEvent(writes) : writes.eventWrite()));
      const batch = isNew ? [writes.openWrite(), ...events] : events;
      const result = await store(...batch);
      assert.equal(collectFrames(queueWrites(batch), result).length, events.length);
      const types = (await rowsOf(writes)).map((row) => row.event_type);
      assert.deepEqual(
        types,
        isBad.map((bad) => (bad ? 'StorageErrorEvent' : 'ThinkAction')),
      );
    }),
    { numRuns: 15 },
  );
});

test('a refused event that is tried again after a lost reply is still one substitute', async () => {
  const writes = await openSession();
  const bad = unstorableEvent(writes);
  await store({ ...bad });
  assert.equal(collectFrames(queueWrites([bad]), await store(bad)).length, 1);
  assert.deepEqual(
    (await rowsOf(writes)).map((row) => row.event_type),
    ['StorageErrorEvent'],
  );
});

test('a bad row of an owner that lost its session gets no substitute, and nobody sees a frame of it', async () => {
  const stale = await openSession();
  const bad = unstorableEvent(stale);
  await activateSession(pool, stale.sessionId);
  const result = await store(bad);
  assert.equal(result.writeResults.get(bad), 'fenced');
  assert.deepEqual([collectFrames(queueWrites([bad]), result), await rowsOf(stale)], [[], []]);
});

test('a command id that was used long ago leaves no gap', async () => {
  const writes = await openSession();
  await store(writes.eventWrite({ commandId: 'm-1' }));
  const batch = [writes.eventWrite({ commandId: 'm-1' }), writes.eventWrite()];
  assert.equal(collectFrames(queueWrites(batch), await store(...batch)).length, 2);
  assert.deepEqual(
    (await rowsOf(writes)).map((row) => [row.sequence, row.event_type]),
    [
      [1, 'ThinkAction'],
      [2, 'StorageErrorEvent'],
      [3, 'ThinkAction'],
    ],
  );
});

test('an event of a chat that was deleted is gone with it, and the others are stored', async () => {
  const [gone, there] = [await openSession(), await openSession()];
  await pool.query(sql.unsafe`DELETE FROM chat_sessions WHERE id = ${gone.chatId}`);
  const [late, neighbour] = [gone.eventWrite(), there.eventWrite()];
  const result = await store(late, neighbour, gone.updateWrite());
  assert.equal(result.writeResults.get(late), 'gone');
  assert.equal((await rowsOf(there)).length, 1);
});

test('a session of a user who is gone is refused with all its events, and the others are stored', async () => {
  const [orphan, other] = [session(), session()];
  const [open, event] = [orphan.openWrite('nobody'), orphan.eventWrite()];
  const result = await store(other.openWrite(), open, event, other.eventWrite());
  assert.equal(result.writeResults.get(open), 'refused');
  assert.match(result.reasons.get(open) ?? '', /SQLSTATE 23503/);
  assert.equal(result.writeResults.get(event), 'gone');
  assert.deepEqual(await contentsOf(other), ['event 1']);
});

test('of several changes of state the last one counts', async () => {
  const writes = await openSession();
  await store(
    writes.updateWrite({ isActive: true, state: 'live' }),
    writes.updateWrite({ isActive: false, state: 'stopped' }),
  );
  assert.partialDeepStrictEqual(await recordOf(writes), { state: 'stopped' });
  assert.partialDeepStrictEqual(await chatOf(writes), { is_active: false });
});

test('updated_at moves to the newest message and never back, and a chat that is gone is no matter', async () => {
  const writes = await openSession();
  const touched = async (ms: number) => {
    await storeBatch(
      pool,
      [],
      new Map([
        [writes.chatId, ms],
        ['no-such-chat', ms],
      ]),
    );
    return (await chatOf(writes)).updated_at;
  };
  assert.deepEqual([await touched(5_000), await touched(9_000), await touched(7_000)], [5_000, 9_000, 9_000]);
});

test('a title is the task on one line, as long as the column takes', async () => {
  const writes = session();
  const open = writes.openWrite();
  open.record.settings = { ...open.record.settings, task: `  Build\n\n\tit ${'😀'.repeat(300)}` };
  await store(open);
  const { title } = await chatOf(writes);
  assert.match(title, /^Build it 😀+$/u);
  assert.ok(title.length <= limits.titleCharsMax);
});

test('a very long session is read back from its newest events, in order', async () => {
  const writes = await openSession();
  await store(...writes.eventWrites(limits.transcriptEventsMax + 10));
  const activation = await activateSession(pool, writes.sessionId);
  const sequences = activation.ok ? activation.value.events.map((event) => event.sequence) : [];
  assert.deepEqual(
    sequences,
    Array.from({ length: limits.transcriptEventsMax }, (_, at) => at + 11),
  );
});

test('a very long session still knows the commit that was cloned, and its project', async () => {
  const writes = session();
  const open = writes.openWrite();
  const settings = { ...open.record.settings, repoUrl: 'https://github.com/ada/hello' };
  const clone = (baseCommit: string) => writes.eventWrite({ eventType: 'RepositoryCloned', metadata: { baseCommit } });
  const known = writes.eventWrite({ eventType: 'ProjectKnowledge', content: 'Use tabs.' });
  await store({ ...open, record: { ...open.record, settings } }, known, clone('a1'), clone('b2'));
  const short = await activateSession(pool, writes.sessionId);
  assert.ok(short.ok && short.value.olderEvents === undefined, 'they are among the events');
  const next = writes.claimNext();
  await store(...next.eventWrites(limits.transcriptEventsMax));
  const long = await activateSession(pool, writes.sessionId);
  assert.ok(long.ok && !long.value.events.some(({ eventType }) => eventType === 'RepositoryCloned'));
  assert.deepEqual(
    long.value.olderEvents?.map(({ eventType, metadata, content }) => [eventType, metadata?.baseCommit ?? content]),
    [
      ['ProjectKnowledge', 'Use tabs.'],
      ['RepositoryCloned', 'a1'],
      ['RepositoryCloned', 'b2'],
    ],
  );
});

test('a session that never was, or has ended, is not activated', async () => {
  const writes = await openSession();
  await store(writes.updateWrite({ state: 'stopped' }));
  for (const [id, code] of [
    [writes.sessionId, 'sessionEnded'],
    ['no-such-session', 'noSuchSession'],
  ] as const)
    assert.partialDeepStrictEqual(await activateSession(pool, id), { ok: false, failure: { code } });
});

test('when PostgreSQL is away a batch fails as a whole, so that it can be tried again', async () => {
  const own = await createTestDatabase();
  const lost = await openPool(own.url, { connectionsMax: 1, statementTimeoutMs: 5_000, onError: () => undefined });
  await own.drop();
  const writes = session();
  await assert.rejects(storeBatch(lost, queueWrites([writes.openWrite(), writes.eventWrite()]), new Map()));
  await lost.end();
});
