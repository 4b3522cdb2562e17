// While PostgreSQL is away, operators still learn how the engine is; what is read of rows is refused in time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdminEngine } from '../../schema/protocol/routes/admin.ts';
import { createTestDatabase } from '../testing/database.ts';
import { startTestEngine } from '../testing/engine.ts';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const adminKey = 'an admin key for tests';

test('the engine says that its storage is away, and lists of sessions, users and costs are refused', async (t) => {
  const database = await createTestDatabase();
  const proxy = await FaultProxy.start(database.url);
  const engine = await startTestEngine({ databaseUrl: proxy.url, environment: { ADMIN_KEY: adminKey } });
  t.after(async () => {
    proxy.heal();
    await engine.close();
    await proxy.stop();
    await database.drop();
  });
  const ask = async <Body>(path: string) => {
    const answer = await fetch(`${engine.http}/api/v1/admin/${path}`, { headers: { 'X-Admin-Key': adminKey } });
    return { status: answer.status, body: (await answer.json()) as Body };
  };
  const made = await callAs(engine, 'eve', 'POST', '/api/v1/sessions', { task: 'be the first' });
  assert.ok(made.status < 300); // The engine's threads have loaded by now, which an absent PostgreSQL would end.
  proxy.refuse();
  await waitUntil(async () => !(await ask<AdminEngine>('engine')).body.storage.isAvailable);
  const { status, body } = await ask<AdminEngine>('engine');
  assert.equal(status, 200);
  assert.partialDeepStrictEqual(body, { isReady: false, runs: null });
  assert.match(body.storage.problem ?? '', /PostgreSQL/);
  assert.equal((await ask('metrics')).status, 200);
  for (const path of ['sessions', 'users', 'costs']) {
    const refused = await ask<{ code: string }>(path);
    assert.deepEqual([refused.status, refused.body.code], [503, 'storageUnavailable'], path);
  }
});
