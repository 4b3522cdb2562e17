// Engines that share a daemon agree by their rows, on a real PostgreSQL, who judges what there.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { sql } from 'slonik';
import { insertRun } from '../database/queries/insert-run.ts';
import { updateRunEnds } from '../database/queries/update-run-ends.ts';
import { testBoot, testLoad } from '../testing/run.ts';
import { TestStore } from '../testing/store.ts';
import { DaemonRows, makeHostRunId } from './daemon-rows.ts';

let stored: TestStore;
before(async () => {
  stored = await TestStore.open();
});
afterEach(async () => {
  await stored.pool.query(sql.unsafe`DELETE FROM lucid_engine.engine_runs`);
  await stored.pool.query(sql.unsafe`DELETE FROM lucid_engine.sandbox_daemons`);
});
after(() => stored?.close());

const at = (place: string | undefined) => async () => place;

/** An engine with a run of its own. */
async function begin(runId: string, findPlace = at('d1')) {
  const bootId = `boot-of-${runId}`;
  await stored.pool.query(insertRun(runId, { ...testBoot, bootId }));
  const rows = new DaemonRows({ queries: stored.pool, run: { id: runId }, bootId });
  return { rows, bootId, sharing: rows.sharingOf(findPlace) };
}

const end = (runId: string, how: 'died' | 'ended' = 'died') => stored.pool.query(updateRunEnds([runId], how));

async function openSession(runId: string | null): Promise<string> {
  const { sessionId } = await stored.openSession();
  await stored.pool.query(sql.unsafe`
    UPDATE lucid_engine.agent_sessions SET run_id = ${runId}, state = 'live' WHERE id = ${sessionId}`);
  return sessionId;
}

test('of engines that ask at once one keeps a daemon, until it ends', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const engines = await Promise.all(names.map((name) => begin(name)));
  const look = () => Promise.all(engines.map(({ sharing }) => sharing.isKeeper()));
  const first = await look();
  assert.equal(first.filter(Boolean).length, 1);
  assert.deepEqual(await look(), first, 'and goes on to');
  const keeper = first.indexOf(true);
  await end(names[keeper] ?? '');
  const next = await look();
  assert.deepEqual([next.filter(Boolean).length, next[keeper]], [1, false]);
});

test('each daemon has a keeper of its own', async () => {
  const [a, b] = [await begin('a'), await begin('b')];
  assert.equal(await a.sharing.isKeeper(), true);
  assert.deepEqual([await b.sharing.isKeeper(), await b.rows.sharingOf(at('d2')).isKeeper()], [false, true]);
});

test('what an engine had for itself before is kept by it, whoever keeps the daemon', async () => {
  const [a, b] = [await begin('a'), await begin('b')];
  assert.deepEqual([await a.sharing.isKeeper(), await b.sharing.isKeeper()], [true, false]);
  const former = b.rows.sharingOf(at('d1'), 'former-id-of-b');
  assert.deepEqual([await former.isKeeper(), await a.sharing.isKeeper()], [true, true]);
});

test('a session is where the living engine is that owns it', async () => {
  const [a] = [await begin('a'), await begin('b')];
  const [own, others, given, unknown] = [
    await openSession('a'),
    await openSession('b'),
    await openSession(null),
    'none',
  ];
  const find = async () => Object.fromEntries(await a.sharing.findOwners([own, others, given, unknown]));
  assert.deepEqual(await find(), { [own]: 'here', [others]: 'elsewhere' });
  await end('b');
  assert.deepEqual(await find(), { [own]: 'here' });
});

test('nobody keeps a daemon that has nothing of theirs yet', async () => {
  assert.equal(await (await begin('a', at(undefined))).sharing.isKeeper(), false);
});

test('a session whose owner is known to reach other daemons only is away', async () => {
  const { sharing } = await begin('a');
  await begin('b');
  const session = await openSession('b');
  const findAsB = async (places: string[] | undefined) => {
    const load = JSON.stringify({ ...testLoad, places });
    await stored.pool.query(sql.unsafe`UPDATE lucid_engine.engine_runs SET load = ${load}::jsonb WHERE id = 'b'`);
    return (await sharing.findOwners([session])).get(session);
  };
  for (const unsure of [undefined, [], ['d1'], ['d2', 'd1']]) assert.equal(await findAsB(unsure), 'elsewhere');
  assert.equal(await findAsB(['d2', 'd3']), 'away');
  await stored.pool.query(sql.unsafe`UPDATE lucid_engine.agent_sessions SET run_id = 'a' WHERE id = ${session}`);
  assert.equal(await findAsB(['d2']), 'here');
});

test('what a host has made ahead is its engine’s, also after the host has ended, and nobody’s once the engine is gone', async () => {
  const [a, b] = [await begin('a'), await begin('b')];
  const made = [makeHostRunId(a.bootId), makeHostRunId(a.bootId), makeHostRunId(b.bootId)];
  const find = async () => Object.fromEntries(await a.sharing.findMakers([...made, 'of an earlier release', '']));
  const [first = '', second = '', third = ''] = made;
  assert.deepEqual(await find(), { [first]: 'here', [second]: 'here', [third]: 'elsewhere' });
  await end('b');
  assert.deepEqual(await find(), { [first]: 'here', [second]: 'here' });
});

test('the last engine knows that it is the last', async () => {
  const [a, b] = [await begin('a'), await begin('b')];
  assert.deepEqual([await a.rows.isLast(), await b.rows.isLast()], [false, false]);
  await end('a', 'ended');
  assert.deepEqual([await a.rows.isLast(), await b.rows.isLast()], [false, true]);
  await end('b', 'ended');
  assert.equal(await a.rows.isLast(), true);
});
