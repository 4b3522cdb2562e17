// Who owns a session, on a real PostgreSQL with a connection for each engine: nobody is robbed, and nothing is taken twice.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import * as fc from 'fast-check';
import { type CommonQueryMethods, sql } from 'slonik';
import * as v from 'valibot';
import { activateSession } from '../../actors/persistence/queries/activate-session.ts';
import { claimSession } from '../../actors/persistence/queries/claim-session.ts';
import { enterDeadRun } from '../../actors/persistence/queries/enter-dead-run.ts';
import { giveSessions } from '../../actors/persistence/queries/give-sessions.ts';
import type { SessionWrites } from '../../actors/testing/session-writes.ts';
import { type Labels, noFittingEngine } from '../../schema/labels.ts';
import { limits } from '../../schema/limits.ts';
import type { OwnedSession } from '../../schema/ownership.ts';
import { burySilentRuns } from '../database/queries/bury-run.ts';
import { insertRun } from '../database/queries/insert-run.ts';
import { shareMax, takeOverRuns } from '../database/queries/take-over-runs.ts';
import { updateRunBeat } from '../database/queries/update-run-beat.ts';
import { updateRunEnds } from '../database/queries/update-run-ends.ts';
import { testBoot, testLoad } from '../testing/run.ts';
import { TestStore } from '../testing/store.ts';
import { runSilenceMs } from './engine-run.ts';
import { Ownership } from './ownership.ts';

let stored: TestStore;

before(async () => {
  stored = await TestStore.open();
});

afterEach(() => stored.pool.query(sql.unsafe`DELETE FROM lucid_engine.engine_runs`));
after(() => stored.close());

const shown = { state: 'open', load: testLoad } as const;
const beginRun = (runId: string) => stored.pool.query(insertRun(runId, { ...testBoot, bootId: `boot of ${runId}` }));
const fallSilent = (runId: string) =>
  stored.pool.query(sql.unsafe`
    UPDATE lucid_engine.engine_runs SET beat_at = now() - ${runSilenceMs + 1_000} * interval '1 millisecond'
    WHERE id = ${runId} AND beat_at > '-infinity'`); // A run that was declared dead stays so.
const beat = (runId: string, connection: Pick<CommonQueryMethods, 'maybeOne'> = stored.pool) =>
  connection.maybeOne(updateRunBeat(runId, shown));
const endRun = (runId: string) => stored.pool.query(updateRunEnds([runId], 'ended'));

/** What an engine does with its run. */
function ownershipOf(runId: string): Ownership {
  const giveSessionsNow = (sessions: readonly OwnedSession[]) => stored.pool.anyFirst(giveSessions(sessions, runId));
  return new Ownership({ pool: stored.pool, run: { id: runId }, persistence: { giveSessions: giveSessionsNow } });
}

/** Claims a session as its activation does, once silent runs are buried, as each beat of an engine does. */
async function buryAndClaim(runId: string, sessionId: string) {
  await stored.pool.query(burySilentRuns(runSilenceMs));
  return claimSession(stored.pool, sessionId, runId);
}

/** A session of a run, stored without events: its turn hasn't ended. */
async function openSession(runId: string | null): Promise<SessionWrites> {
  const writes = await stored.openSession();
  await stored.pool.query(sql.unsafe`
    UPDATE lucid_engine.agent_sessions SET run_id = ${runId}, state = 'live' WHERE id = ${writes.sessionId}`);
  return writes;
}

const takeOver = (runId: string, more: Partial<Parameters<typeof takeOverRuns>[3]> = {}) =>
  stored.pool.connect((connection) =>
    takeOverRuns(stored.pool, connection, runId, {
      silenceMs: runSilenceMs,
      isAgain: false,
      takesSuspects: true,
      ...more,
    }),
  );

const Row = v.object({ runId: v.nullable(v.string()), epoch: v.number(), crashes: v.number() });
const rowOf = (sessionId: string) =>
  stored.pool.one(sql.type(Row)`
    SELECT run_id AS "runId", epoch, crashes FROM lucid_engine.agent_sessions WHERE id = ${sessionId}`);
const listRuns = () =>
  stored.pool.anyFirst(sql.type(v.object({ id: v.string() }))`SELECT id FROM lucid_engine.engine_runs`);

/** Begins a beat of a run on a connection of its own. @returns its end, which says whether it was accepted */
async function beginBeat(runId: string): Promise<() => Promise<boolean>> {
  const isBeating = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const beating = stored.pool.connect((connection) =>
    connection.transaction(async (transaction) => {
      const accepted = await beat(runId, transaction);
      isBeating.resolve();
      await mayCommit.promise;
      return accepted !== null;
    }),
  );
  await isBeating.promise;
  return () => {
    mayCommit.resolve();
    return beating;
  };
}

test('a claim while the owner’s beat is under way robs nobody', async () => {
  await Promise.all([beginRun('owner'), beginRun('claimer')]);
  const { sessionId } = await openSession('owner');
  await fallSilent('owner');
  const endBeat = await beginBeat('owner');
  const owner = { kind: 'ownedElsewhere', runId: 'owner', bootId: 'boot of owner', node: 'test' };
  assert.deepEqual(await buryAndClaim('claimer', sessionId), owner);
  assert.ok(await endBeat(), 'the beat is accepted');
  assert.deepEqual(await rowOf(sessionId), { runId: 'owner', epoch: 1, crashes: 0 });
});

test('a run that was buried hears so with its next beat, and its sessions are free', async () => {
  await Promise.all([beginRun('owner'), beginRun('claimer')]);
  const { sessionId } = await openSession('owner');
  await fallSilent('owner');
  assert.partialDeepStrictEqual(await buryAndClaim('claimer', sessionId), { kind: 'claimed' });
  assert.equal(await beat('owner'), null);
  assert.partialDeepStrictEqual(await buryAndClaim('owner', sessionId), {
    kind: 'ownedElsewhere',
    runId: 'claimer',
  });
  assert.deepEqual(await buryAndClaim('claimer', 'nothing'), { kind: 'noSuchSession' });
});

test('whoever looks for silent runs leaves one out whose beat is under way', async () => {
  await beginRun('owner');
  await fallSilent('owner');
  const endBeat = await beginBeat('owner');
  assert.equal((await stored.pool.query(burySilentRuns(runSilenceMs))).rowCount, 0);
  assert.ok(await endBeat());
  assert.ok(await beat('owner'));
});

test('what an engine began under a run that others had buried before it noticed is taken over, and counts for no death', async () => {
  await Promise.all([beginRun('stopped'), beginRun('other')]);
  await fallSilent('stopped');
  await takeOver('other');
  assert.deepEqual(await listRuns(), ['other']);
  const { sessionId } = await openSession('stopped');
  const taken = async () => (await takeOver('other')).cut.map((session) => session.sessionId);
  assert.deepEqual(await taken(), [], 'nobody finds it');
  await stored.pool.query(enterDeadRun('stopped'));
  await stored.pool.query(enterDeadRun('stopped'));
  assert.equal(await beat('stopped'), null, 'it is dead all the same');
  assert.deepEqual(await taken(), [sessionId]);
  assert.equal((await rowOf(sessionId)).crashes, 0);
});

test('an engine that was out of touch with PostgreSQL itself buries nobody', async () => {
  await Promise.all([beginRun('owner'), beginRun('claimer')]);
  const { sessionId } = await openSession('owner');
  await fallSilent('owner');
  await takeOver('claimer', { silenceMs: null });
  const claim = await claimSession(stored.pool, sessionId, 'claimer');
  assert.partialDeepStrictEqual(claim, { kind: 'ownedElsewhere' });
  assert.ok(await beat('owner'));
  await takeOver('claimer');
  assert.ok(await beat('owner'), 'it beat a moment ago');
});

test('of several engines that claim a free session at once one has it', async () => {
  const runs = ['one', 'two', 'three', 'four'];
  await Promise.all(runs.map(beginRun));
  for (const owner of [null, 'gone']) {
    const { sessionId } = await openSession(owner);
    const claims = await Promise.all(runs.map((runId) => buryAndClaim(runId, sessionId)));
    assert.equal(claims.filter(({ kind }) => kind === 'claimed').length, 1);
    assert.equal((await rowOf(sessionId)).epoch, 2);
  }
});

test('a session that is given away is anybody’s at once, and only its owner can give it', async () => {
  await Promise.all([beginRun('owner'), beginRun('claimer')]);
  const { sessionId } = await openSession('owner');
  assert.deepEqual(await ownershipOf('claimer').give([{ sessionId, epoch: 1 }]), []);
  assert.deepEqual(await ownershipOf('owner').give([{ sessionId, epoch: 2 }]), []);
  assert.deepEqual(await ownershipOf('owner').give([{ sessionId, epoch: 1 }]), [sessionId]);
  assert.ok((await activateSession(stored.pool, sessionId, 'claimer')).ok);
  assert.partialDeepStrictEqual(await activateSession(stored.pool, sessionId, 'owner'), {
    ok: false,
    failure: { code: 'elsewhere' },
  });
});

test('a session that somebody came back to between the look at it and the gift stays where it is', async () => {
  await beginRun('owner');
  const { sessionId } = await openSession('owner');
  assert.ok((await activateSession(stored.pool, sessionId, 'owner')).ok);
  assert.deepEqual(await ownershipOf('owner').give([{ sessionId, epoch: 1 }]), []);
  assert.partialDeepStrictEqual(await rowOf(sessionId), { runId: 'owner', epoch: 2 });
});

test('whoever takes over learns of sessions that were given away with their clients', async () => {
  await Promise.all([beginRun('owner'), beginRun('other')]);
  const { sessionId, chatId } = await openSession('owner');
  await stored.pool.query(sql.unsafe`UPDATE chat_sessions SET is_active = true WHERE id = ${chatId}`);
  await ownershipOf('owner').give([{ sessionId, epoch: 1 }]);
  const { left } = await takeOver('other', { silenceMs: null });
  assert.deepEqual(
    left.map((session) => session.sessionId),
    [sessionId],
  );
});

test('an engine that is about to end gives away what rests, and keeps what is in memory or was cut', async () => {
  await beginRun('owner');
  const open = () => openSession('owner');
  const [resting, here, cut] = [await open(), await open(), await open()];
  for (const writes of [resting, here]) {
    await stored.store(writes.eventWrite({ eventType: 'Status', metadata: { status: 'completed', readThrough: 0 } }));
  }
  const isHere = (sessionId: string) => sessionId === here.sessionId;
  await ownershipOf('owner').giveResting(isHere, new AbortController().signal);
  const owners = await Promise.all([resting, here, cut].map(async ({ sessionId }) => (await rowOf(sessionId)).runId));
  assert.deepEqual(owners.slice(1), ['owner', 'owner']);
  assert.ok(owners[0] !== 'owner' && (await buryAndClaim('other', resting.sessionId)).kind === 'claimed');
});

test('engines share the cut sessions of a dead one: each goes to one of them, a share a beat', async () => {
  await Promise.all([beginRun('dead'), beginRun('one'), beginRun('two')]);
  const count = 2 * shareMax + 10;
  const { sessionId: first } = await openSession('dead');
  await stored.pool.query(sql.unsafe`
    INSERT INTO lucid_engine.agent_sessions (id, chat_id, user_id, epoch, state, settings, created_at, run_id)
    SELECT id || '-' || number, chat_id, user_id, epoch, state, settings, created_at, run_id
    FROM lucid_engine.agent_sessions, generate_series(2, ${count}::int) AS number WHERE id = ${first}`);
  await fallSilent('dead');
  const taken: string[] = [];
  for (let beats = 0; taken.length < count && beats < 20; beats++) {
    const shares = await Promise.all([takeOver('one'), takeOver('two')]);
    for (const { cut } of shares) {
      assert.ok(cut.length <= shareMax);
      taken.push(...cut.map(({ sessionId }) => sessionId));
    }
  }
  assert.deepEqual([taken.length, new Set(taken).size], [count, count]);
  await takeOver('one');
  assert.deepEqual((await listRuns()).toSorted(), ['one', 'two'], 'nothing is left of the dead run');
  await stored.pool.query(sql.unsafe`DELETE FROM lucid_engine.agent_sessions WHERE id LIKE ${`${first}-%`}`);
});

test('an engine alone takes all cut sessions at once, and those whose turn had ended stay anybody’s', async () => {
  await Promise.all([beginRun('dead'), beginRun('alone')]);
  const [cut, resting] = [await openSession('dead'), await openSession('dead')];
  await stored.store(resting.eventWrite({ eventType: 'Status', metadata: { status: 'completed', readThrough: 0 } }));
  await endRun('dead');
  const taken = await takeOver('alone', { silenceMs: null });
  assert.deepEqual(
    taken.cut.map(({ sessionId }) => sessionId),
    [cut.sessionId],
  );
  assert.deepEqual([(await rowOf(cut.sessionId)).crashes, (await rowOf(resting.sessionId)).runId], [0, 'dead']);
  assert.ok((await activateSession(stored.pool, resting.sessionId, 'alone')).ok);
});

/** Has a run die or end with what it has, and the next one take it over until nothing is left. @returns what came in each beat */
async function dieAndTakeOver(dead: string, next: string, endsInOrder = false): Promise<string[][]> {
  await beginRun(next);
  await (endsInOrder ? endRun(dead) : fallSilent(dead));
  const beats: string[][] = [];
  while ((await listRuns()).length > 1) {
    const { cut } = await takeOver(next);
    if (cut.length > 0) beats.push(cut.map(({ sessionId }) => sessionId));
  }
  return beats;
}

test('a session whose engines die is counted, then tried apart from others, and given up at the fourth death in a row', async () => {
  await beginRun('run 0');
  const { sessionId } = await openSession('run 0');
  for (let deaths = 1; deaths <= limits.reactivationsMax + 1; deaths++) {
    assert.deepEqual(await dieAndTakeOver(`run ${deaths - 1}`, `run ${deaths}`), [[sessionId]]);
    assert.equal((await rowOf(sessionId)).crashes, deaths);
  }
  const activation = await activateSession(stored.pool, sessionId, `run ${limits.reactivationsMax + 1}`);
  assert.ok(activation.ok && activation.value.crashes === limits.reactivationsMax + 1);
});

test('sessions beside the one that kills are not given up with it', async () => {
  await beginRun('run 0');
  const sessions = await Promise.all(Array.from({ length: 5 }, () => openSession('run 0')));
  const sizes: number[][] = [];
  for (let deaths = 1; deaths <= limits.reactivationsMax + 3; deaths++) {
    const beats = await dieAndTakeOver(`run ${deaths - 1}`, `run ${deaths}`);
    sizes.push(beats.map(({ length }) => length));
  }
  assert.deepEqual(sizes.slice(0, 3), [[5], [3, 2], [1, 1, 1, 1, 1]]);
  const counted = await Promise.all(sessions.map(async (session) => (await rowOf(session.sessionId)).crashes));
  assert.ok(counted.every((crashes) => crashes === limits.reactivationsMax));
});

test('deaths that are further apart than a minute, and ends in order, count for nothing', async () => {
  await beginRun('run 0');
  const { sessionId } = await openSession('run 0');
  await dieAndTakeOver('run 0', 'run 1');
  await stored.pool.query(sql.unsafe`
    UPDATE lucid_engine.agent_sessions SET crashed_at = now() - interval '2 minutes' WHERE id = ${sessionId}`);
  await dieAndTakeOver('run 1', 'run 2');
  assert.equal((await rowOf(sessionId)).crashes, 1);
  await dieAndTakeOver('run 2', 'run 3', true);
  assert.equal((await rowOf(sessionId)).crashes, 1);
});

test('an engine of the release before begins, beats, ends and takes over beside this one', async () => {
  const query = (text: ReturnType<typeof sql.unsafe>) => stored.pool.query(text);
  await query(sql.unsafe`INSERT INTO lucid_engine.engine_runs (id, beat_at) VALUES ('old', now())`);
  await beginRun('new');
  const { sessionId } = await openSession('old');
  assert.deepEqual(await buryAndClaim('new', sessionId), {
    kind: 'ownedElsewhere',
    runId: 'old',
    bootId: null,
    node: null,
  });
  await query(sql.unsafe`UPDATE lucid_engine.engine_runs SET beat_at = '-infinity' WHERE id = 'old'`);
  assert.equal((await takeOver('new')).cut.length, 1, 'what an old engine left is taken by a new one');
  await fallSilent('new');
  await query(sql.unsafe`INSERT INTO lucid_engine.engine_runs (id, beat_at) VALUES ('older', now())`);
  const dead = await query(sql.unsafe`
    DELETE FROM lucid_engine.engine_runs WHERE beat_at < now() - interval '5 seconds' RETURNING id`);
  assert.deepEqual(dead.rows, [{ id: 'new' }], 'and the other way round');
  assert.equal(await beat('new'), null);
});

/** A step of one of three engines, each of which begins anew once a beat finds no row. */
const Step = fc.record({
  engine: fc.nat(2),
  act: fc.constantFrom('beat', 'fallSilent', 'claim', 'give', 'end', 'takeOver'),
});

test('whatever engines do, of those whose beats are accepted one at most owns a session', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(Step, { maxLength: 25 }), async (steps) => {
      await stored.pool.query(sql.unsafe`DELETE FROM lucid_engine.engine_runs`);
      const { sessionId } = await openSession(null);
      let begun = 0;
      const begin = async () => {
        const runId = `run ${begun++} of ${sessionId}`;
        await beginRun(runId);
        return { runId, owns: false };
      };
      const engines = [await begin(), await begin(), await begin()];
      for (const { engine, act } of steps) {
        const me = engines[engine] as (typeof engines)[number];
        if (act === 'beat' && !(await beat(me.runId))) engines[engine] = await begin();
        else if (act === 'fallSilent') await fallSilent(me.runId);
        else if (act === 'claim') me.owns = (await buryAndClaim(me.runId, sessionId)).kind === 'claimed';
        else if (act === 'give') {
          await ownershipOf(me.runId).give([{ sessionId, epoch: (await rowOf(sessionId)).epoch }]);
          me.owns = false;
        } else if (act === 'takeOver') {
          const { cut } = await takeOver(me.runId, { takesSuspects: true });
          me.owns ||= cut.length > 0;
        } else if (act === 'end') {
          await endRun(me.runId);
          engines[engine] = await begin();
        }
        const living = await stored.pool.anyFirst(sql.type(v.object({ id: v.string() }))`
          SELECT id FROM lucid_engine.engine_runs WHERE beat_at > '-infinity'`);
        const owners = engines.filter(({ runId, owns }) => owns && living.includes(runId));
        assert.ok(owners.length <= 1);
        for (const { runId } of owners) assert.equal((await rowOf(sessionId)).runId, runId);
      }
    }),
    { numRuns: 25 },
  );
});

test('a session that asks for labels is claimed and taken over by runs that have them all, and by nobody else', async () => {
  const beginLabelled = (runId: string, labels: Labels) =>
    stored.pool.query(insertRun(runId, { ...testBoot, bootId: `boot of ${runId}`, labels }));
  const [cut, whole] = [await openSession('owner'), await openSession(null)];
  for (const { sessionId } of [cut, whole])
    await stored.pool.query(sql.unsafe`
      UPDATE lucid_engine.agent_sessions SET settings = settings || '{"labels": {"region": "eu", "gpu": "a"}}'
      WHERE id = ${sessionId}`);
  await beginLabelled('owner', { region: 'eu', gpu: 'a' });
  await beginLabelled('part', { region: 'eu', disk: 'x' });
  await beginLabelled('other', { region: 'us', gpu: 'a' });
  await beginRun('none');
  await endRun('owner');
  const lacking = ['part', 'other', 'none', null];
  /** Other tests have left sessions of their own. */
  const hasTaken = async (runId: string) =>
    (await takeOver(runId)).cut.some(({ sessionId }) => sessionId === cut.sessionId);
  for (const runId of lacking) {
    assert.equal((await claimSession(stored.pool, whole.sessionId, runId)).kind, 'unfit');
    if (runId !== null) assert.equal(await hasTaken(runId), false);
  }
  const { labels } = testBoot;
  assert.deepEqual(await activateSession(stored.pool, whole.sessionId, 'none'), {
    ok: false,
    failure: noFittingEngine({ region: 'eu', gpu: 'a' }, [labels]).failure,
  });
  await beginLabelled('all', { region: 'eu', gpu: 'a', disk: 'x' });
  assert.ok(await hasTaken('all'));
  for (const { sessionId } of [cut, whole])
    assert.equal((await claimSession(stored.pool, sessionId, 'all')).kind, 'claimed');
  for (const runId of lacking)
    assert.equal((await claimSession(stored.pool, whole.sessionId, runId)).kind, 'ownedElsewhere');
});
