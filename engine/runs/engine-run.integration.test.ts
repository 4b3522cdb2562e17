// A run learns of the cut turns that it took over, even where the reply that names them is lost after the commit.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type DatabasePool, sql } from 'slonik';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { limits } from '../../schema/limits.ts';
import { insertRun } from '../database/queries/insert-run.ts';
import type { CutSession } from '../database/queries/take-over-runs.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { backEndHeadersOf } from '../testing/engine.ts';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { startEngineProcess } from '../testing/process.ts';
import { waitUntil } from '../testing/rest.ts';
import { testBoot, testLoad } from '../testing/run.ts';
import { EngineRun, type RunListener } from './engine-run.ts';

let database: TestDatabase;
let proxy: FaultProxy;
let pool: DatabasePool;

before(async () => {
  database = await createTestDatabase();
  proxy = await FaultProxy.start(database.url);
  pool = await openPool(proxy.url, { connectionsMax: 2, statementTimeoutMs: 10_000, onError: () => undefined });
});

after(async () => {
  await pool?.end();
  await proxy?.stop();
  await database?.drop();
});

/** @returns the session whose turn a killed engine cut, and that engine's run */
async function leaveCutSession(): Promise<{ sessionId: string; runId: string }> {
  const engine = await startEngineProcess(database.url, { MOCK_STEP_DELAY_MS: '60000' });
  const answer = await fetch(`${engine.http}/api/v1/sessions`, {
    method: 'POST',
    headers: backEndHeadersOf('ada'),
    body: JSON.stringify({ task: 'Work on', autoStart: true }),
  });
  assert.equal(answer.status, 200);
  const { sessionId } = (await answer.json()) as { sessionId: string };
  await engine.kill();
  const runId = await pool.oneFirst(sql.unsafe`SELECT run_id FROM lucid_engine.agent_sessions WHERE id = ${sessionId}`);
  return { sessionId, runId: String(runId) };
}

const loseCommits = () => proxy.loseReplies({ after: 'COMMIT', every: 1, ending: 'reset' });

type TestRun = { run: EngineRun; listener: RunListener; heard: Promise<readonly CutSession[]>; failures: unknown[] };

function makeRun(dead: string[]): TestRun {
  const failures: unknown[] = [];
  const { promise: heard, resolve } = Promise.withResolvers<readonly CutSession[]>();
  const notes = { add: async () => {}, remove: async () => {}, findDead: async () => dead };
  const run = new EngineRun({
    pool,
    wasAway: false,
    notes,
    boot: testBoot,
    describeLoad: () => testLoad,
    isDrainAsked: () => false,
  });
  const listener: RunListener = {
    onTakenOver: resolve,
    onLeft: () => undefined,
    onAsked: () => assert.fail('nobody asked anything of it'),
    onDeclaredDead: () => assert.fail('nobody declared it dead'),
    onFailed: (error) => failures.push(error),
  };
  return { run, listener, heard, failures };
}

test('an engine that lost the reply of its first take-over tries again, and goes on with the cut turns', async (t) => {
  const { sessionId, runId } = await leaveCutSession();
  const { run, listener, heard } = makeRun([runId]);
  t.after(() => run.close());
  loseCommits();
  await assert.rejects(run.start(listener));
  proxy.heal();
  await run.start(listener);
  assert.deepEqual(
    (await heard).map((cut) => cut.sessionId),
    [sessionId],
  );
});

test('an engine that lost the reply of a later take-over goes on with the cut turn at its next beat', async (t) => {
  const { run, listener, heard, failures } = makeRun([]);
  t.after(() => run.endRun());
  await run.start(listener);
  run.close(); // Its beats come from here.
  const { sessionId, runId } = await leaveCutSession();
  await pool.query(sql.unsafe`UPDATE lucid_engine.engine_runs SET beat_at = '-infinity' WHERE id = ${runId}`);
  loseCommits();
  await run.beat();
  assert.equal(failures.length, 1);
  proxy.heal();
  await run.beat();
  assert.ok((await heard).some((cut) => cut.sessionId === sessionId));
});

test('an engine alone on its database knows for a beat and a half that no other run can be silent', async (t) => {
  await pool.query(sql.unsafe`DELETE FROM lucid_engine.engine_runs`);
  const { run, listener } = makeRun([]);
  t.after(() => run.endRun());
  await run.start(listener);
  run.close(); // Its beats come from here.
  assert.equal(run.mayAnotherBeSilent, true, 'before its first beat');
  await waitUntil(async () => {
    await run.beat(); // On a busy machine a beat may take so long that it is old when it ends.
    return !run.mayAnotherBeSilent;
  });
  await delay(1.5 * limits.runBeatIntervalMs + 1);
  assert.equal(run.mayAnotherBeSilent, true, 'its last beat is old');
  await pool.query(insertRun('another', testBoot));
  await run.beat();
  assert.equal(run.mayAnotherBeSilent, true);
});
