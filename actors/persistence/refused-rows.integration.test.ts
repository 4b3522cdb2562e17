// What PostgreSQL refuses is set apart with its reason, whatever is wrong with it, and the others are stored.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type DatabasePool, sql } from 'slonik';
import * as v from 'valibot';
import { queueWrites, TestStore } from '../../engine/testing/store.ts';
import type { EventWrite, Write } from '../../schema/thread.ts';
import type { SessionWrites } from '../testing/session-writes.ts';
import { collectFrames, groupResultsByHost } from './batch.ts';
import { activateSession } from './queries/activate-session.ts';

let stored: TestStore;
let pool: DatabasePool;

before(async () => {
  stored = await TestStore.open();
  pool = stored.pool;
  await pool.query(
    sql.unsafe`ALTER TABLE lucid_engine.chat_messages ADD CHECK (content <> 'forbidden'), ADD CHECK (sequence < 666)`,
  );
});

after(() => stored?.close());

const session = () => stored.makeSession();
const openSession = () => stored.openSession();
const store = (...writes: Write[]) => stored.store(...writes);

const Kept = v.object({
  id: v.string(),
  chat_id: v.nullable(v.string()),
  sequence: v.nullable(v.number()),
  reason: v.string(),
  refused: v.string(),
});
const Type = v.object({ event_type: v.string() });

const keptOf = ({ sessionId }: SessionWrites) =>
  pool.any(sql.type(Kept)`
    SELECT id, chat_id, sequence, reason, refused FROM lucid_engine.refused_rows WHERE session_id = ${sessionId} ORDER BY sequence`);

const typesOf = async ({ chatId }: SessionWrites) =>
  (
    await pool.any(
      sql.type(Type)`SELECT event_type FROM lucid_engine.chat_messages WHERE session_id = ${chatId} ORDER BY sequence`,
    )
  ).map((row) => row.event_type);

const poisons: { what: string; sqlState: string; event(writes: SessionWrites): EventWrite }[] = [
  { what: 'NUL in its text', sqlState: '22P05', event: (writes) => writes.eventWrite({ content: 'a \0 b' }) },
  { what: 'NUL in its type', sqlState: '22P05', event: (writes) => writes.eventWrite({ eventType: 'Odd\0Action' }) },
  {
    what: 'a type that is too long',
    sqlState: '22001',
    event: (writes) => writes.eventWrite({ eventType: 'A'.repeat(101) }),
  },
  {
    what: 'a command id too long',
    sqlState: '22001',
    event: (writes) => writes.eventWrite({ commandId: 'c'.repeat(256) }),
  },
  {
    what: 'a text that a constraint forbids',
    sqlState: '23514',
    event: (writes) => writes.eventWrite({ content: 'forbidden' }),
  },
];

for (const { what, sqlState, event } of poisons)
  test(`an event with ${what} is set apart as it was, among 99 that are stored`, async () => {
    const [sick, well] = [await openSession(), await openSession()];
    const bad = event(sick);
    const original = structuredClone(bad.event);
    const batch = [...well.eventWrites(50), bad, ...sick.eventWrites(49)];
    const result = await store(...batch);
    assert.equal(collectFrames(queueWrites(batch), result).length, 100);
    assert.equal((await typesOf(well)).length, 50);
    const types = await typesOf(sick);
    assert.equal(types.filter((type) => type === 'ThinkAction').length, 49);
    const [kept, ...more] = await keptOf(sick);
    assert.deepEqual(more, []);
    assert.match(kept?.reason ?? '', new RegExp(sqlState));
    assert.deepEqual([kept?.sequence, kept?.chat_id], [1, sick.chatId]);
    assert.deepEqual(JSON.parse(kept?.refused ?? ''), original);
  });

test('in the place of what was refused stands an event that says so, for clients and models alike', async () => {
  const writes = await openSession();
  const batch = [writes.eventWrite(), writes.eventWrite({ content: 'forbidden' }), writes.eventWrite()];
  const hostResult = groupResultsByHost(queueWrites(batch), await store(...batch)).get(0);
  assert.deepEqual(await typesOf(writes), ['ThinkAction', 'StorageErrorEvent', 'ThinkAction']);
  assert.deepEqual(
    hostResult?.replaced.map(({ sequence, eventType }) => [sequence, eventType]),
    [[2, 'StorageErrorEvent']],
  );
  assert.deepEqual(hostResult?.positions, [writes.sessionId, 3]);
});

test('a batch that is stored again, its reply being lost, says again what stands in the place of what was refused', async () => {
  const writes = await openSession();
  const batch = [writes.eventWrite(), writes.eventWrite({ content: 'forbidden' })];
  const before = structuredClone(batch);
  const first = await store(...batch);
  const again = await store(...batch);
  assert.deepEqual(batch, before);
  assert.deepEqual(groupResultsByHost(queueWrites(batch), again), groupResultsByHost(queueWrites(batch), first));
  assert.deepEqual(collectFrames(queueWrites(batch), again), collectFrames(queueWrites(batch), first));
  assert.equal((await keptOf(writes)).length, 1);
});

test('a session whose settings PostgreSQL can’t hold is set apart, and the others are stored', async () => {
  const [sick, well] = [session(), session()];
  const open = sick.openWrite();
  open.record.settings = { ...open.record.settings, task: 'half a character: \ud800', branch: 'nul: \0' };
  const result = await store(
    well.openWrite(),
    { ...open, sealedSecrets: 'sealed' },
    sick.eventWrite(),
    well.eventWrite(),
  );
  assert.deepEqual([...result.writeResults.values()], ['refused', 'gone', 'stored']);
  assert.deepEqual(await typesOf(well), ['ThinkAction']);
  const [kept] = await keptOf(sick);
  assert.match(kept?.reason ?? '', /SQLSTATE 22P0[25]/);
  assert.deepEqual([kept?.chat_id, kept?.sequence], [null, null]);
  assert.deepEqual(JSON.parse(kept?.refused ?? ''), open.record);
  assert.doesNotMatch(kept?.refused ?? '', /sealed/);
});

test('what is tried again after a lost reply is set apart once', async () => {
  const writes = await openSession();
  const bad = writes.eventWrite({ content: 'forbidden' });
  await store(structuredClone(bad));
  assert.equal(collectFrames(queueWrites([bad]), await store(bad)).length, 1);
  assert.deepEqual([(await keptOf(writes)).length, await typesOf(writes)], [1, ['StorageErrorEvent']]);
});

test('a command id that was used long ago has its substitute also when that is tried again', async () => {
  const writes = await openSession();
  await store(writes.eventWrite({ commandId: 'm-1' }));
  const again = writes.eventWrite({ commandId: 'm-1' });
  await store(structuredClone(again));
  const [frame] = collectFrames(queueWrites([again]), await store(again));
  assert.match(frame?.frame ?? '', /StorageErrorEvent/, 'live frames say what the rows say');
  assert.deepEqual(await typesOf(writes), ['ThinkAction', 'StorageErrorEvent']);
  assert.match((await keptOf(writes))[0]?.reason ?? '', /taken/);
});

test('an event in whose place nothing can be stored either is kept and told, and no frame of it goes out', async () => {
  const writes = await openSession();
  const bad = writes.eventWrite();
  bad.event.sequence = 666;
  const result = await store(bad);
  assert.deepEqual([result.writeResults.get(bad), collectFrames(queueWrites([bad]), result)], ['refused', []]);
  assert.equal((await keptOf(writes)).length, 1);
});

test('rows of an owner that lost its session are not kept', async () => {
  const stale = await openSession();
  await activateSession(pool, stale.sessionId);
  await store(stale.eventWrite({ content: 'forbidden' }));
  assert.deepEqual(await keptOf(stale), []);
});

test('rows that were set apart are deleted with their chat', async () => {
  const writes = await openSession();
  await store(writes.eventWrite({ content: 'forbidden' }));
  assert.equal((await keptOf(writes)).length, 1);
  await pool.query(sql.unsafe`DELETE FROM chat_sessions WHERE id = ${writes.chatId}`);
  assert.deepEqual(await keptOf(writes), []);
});

test('a claim between a COMMIT whose reply was lost and its repetition: what was stored is stored, the rest fenced', async () => {
  const writes = await openSession();
  const [stored, late] = [writes.eventWrite(), writes.eventWrite()];
  await store(stored);
  const claim = await activateSession(pool, writes.sessionId);
  assert.equal(claim.ok && claim.value.events.length, 1, 'the new owner has read it');
  const batch = [stored, late];
  const result = await store(...batch);
  assert.deepEqual(
    collectFrames(queueWrites(batch), result).map((frame) => frame.sequence),
    [1],
  );
  assert.equal(result.writeResults.get(late), 'fenced');
  assert.equal((await typesOf(writes)).length, 1);
});
