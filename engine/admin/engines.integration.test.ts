// Those who operate a cluster see all engines at any of them, and drain one from another.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AdminEngines } from '../../schema/protocol/routes/admin-engines.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { startTestEngine, type TestEngine } from '../testing/engine.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const adminKey = 'an admin key for tests';

let database: TestDatabase;
let a: TestEngine;
let b: TestEngine;
/** How often the second engine was to be stopped. */
let ended = 0;

before(async () => {
  database = await createTestDatabase();
  const start = (NODE_NAME: string, onDrained = () => {}) =>
    startTestEngine({
      environment: { ADMIN_KEY: adminKey, HOST_THREADS: '1', NODE_NAME },
      databaseUrl: database.url,
      options: { onDrained },
    });
  a = await start('a');
  b = await start('b', () => ended++);
});
after(async () => {
  await Promise.all([a?.close(), b?.close()]);
  await database?.drop();
});

async function ask<Body>(engine: Pick<TestEngine, 'http'>, path: string, body?: object) {
  const answer = await fetch(`${engine.http}/api/v1/admin/${path}`, {
    method: path === 'engines' ? 'GET' : 'POST',
    headers: { 'X-Admin-Key': adminKey, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Body };
}

const list = async (engine: TestEngine) => (await ask<AdminEngines>(engine, 'engines')).body;
const nodesIn = ({ engines }: AdminEngines, state: string) =>
  engines.filter((engine) => engine.state === state).map(({ node }) => node);

test('any engine lists all of them, and what they have together', async () => {
  for (const engine of [a, b]) {
    const created = await callAs(engine, 'ada', 'POST', '/api/v1/sessions', { task: 'rest here' });
    assert.equal(created.status, 200);
  }
  for (const [engine, node] of [
    [a, 'a'],
    [b, 'b'],
  ] as const) {
    await waitUntil(async () => (await list(engine)).total.sessions === 2);
    const { engines, total } = await list(engine);
    assert.deepEqual(nodesIn({ engines, total }, 'open'), ['a', 'b']);
    assert.deepEqual([total.engines, total.hosts, total.versions.length], [2, 2, 1]);
    assert.deepEqual(
      engines.map((one) => [one.isThis, one.isSilent, one.load?.sessions]),
      [
        [node === 'a', false, 1],
        [node === 'b', false, 1],
      ],
    );
  }
});

test('an engine is drained from another one, and the drain is taken back from there', async () => {
  await waitUntil(async () => (await list(a)).total.hosts === 2);
  const runId = (await list(a)).engines.find(({ node }) => node === 'b')?.runId ?? '';
  const isDraining = async () => (await fetch(`${b.http}/ready`)).status === 503;
  const busy = await callAs<{ sessionId: string }>(b, 'ada', 'POST', '/api/v1/sessions', {
    task: 'Emit 500 events, 1 every 50 ms',
    autoStart: true,
  });
  assert.equal(busy.status, 200);
  const asked = await ask(a, `engines/${runId}/drain`, { confirm: 'drain', withinSeconds: 600 });
  assert.deepEqual(asked, { status: 200, body: { runId, asked: 'drain' } });
  await waitUntil(isDraining);
  await waitUntil(async () => nodesIn(await list(a), 'draining').includes('b'));
  assert.deepEqual((await ask(a, `engines/${runId}/undrain`)).body, { runId, asked: 'undrain' });
  await waitUntil(async () => !(await isDraining()));
  await waitUntil(async () => nodesIn(await list(a), 'open').length === 2);
  assert.equal(ended, 0);
  await ask(a, `engines/${runId}/drain`, { confirm: 'drain', withinSeconds: 0 });
  await waitUntil(() => ended === 1);
  await callAs(b, 'ada', 'DELETE', `/api/v1/sessions/${busy.body.sessionId}`); // Its end would be waited for.
});

test('a run that is over, or never was, can not be drained', async () => {
  for (const path of ['drain', 'undrain']) {
    const { status, body } = await ask<{ code: string }>(a, `engines/nobody/${path}`, { confirm: 'drain' });
    assert.deepEqual([status, body.code], [404, 'noSuchEngine']);
  }
});
