// Deleting a session or its chat removes its folders, containers, volumes and sealed keys, also while it is passivated.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { createPool, sql } from 'slonik';
import { canConfine } from '../../sandbox/testing/confinement-here.ts';
import { dockerTest } from '../../sandbox/testing/docker-sandboxes.ts';
import { TestClient } from '../testing/client.ts';
import { createTestDatabase, runStatement } from '../testing/database.ts';
import { DockerBase } from '../testing/docker.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const isRoot = process.getuid?.() === 0;
const canBeLocal = (await canConfine('deleting sessions in folders')) || !isRoot;
const restless = { RECONNECT_GRACE: '0', HIBERNATE_AFTER: '0' };

/** A session that has worked, and whose client and actor are gone. */
async function passivateSession(engine: TestEngine, task: string): Promise<string> {
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), task);
  await client.waitForStatus('completed');
  await client.close();
  await waitUntil(async () => {
    const { body } = await callAs<{ sessions: unknown[] }>(engine, 'ada', 'GET', '/api/v1/sessions');
    return body.sessions.length === 0;
  });
  return client.sessionId;
}

const remove = async (engine: TestEngine, what: string) =>
  (await callAs(engine, 'ada', 'DELETE', `/api/v1/${what}`)).status;

async function chatOf(engine: TestEngine): Promise<string> {
  const { body } = await callAs<{ chats: { id: string }[] }>(engine, 'ada', 'GET', '/api/v1/chats');
  return body.chats[0]?.id ?? '';
}

if (canBeLocal)
  test('stopping a passivated session, or deleting its chat, removes its folder', async (t) => {
    const base = await mkdtemp('/tmp/lucid-deletion-');
    const local = { SANDBOX: 'local', ALLOW_LOCAL_SANDBOX: '1', WORKSPACE_BASE_PATH: base };
    const engine = await startTestEngine({ environment: { ...local, ...restless } });
    t.after(async () => {
      await engine.close();
      await rm(base, { recursive: true });
    });
    const left = async () => [
      ...(await readdir(path.join(base, 'ada'))),
      ...(await readdir(path.join(base, '.shells'))),
    ];
    const first = await passivateSession(engine, 'to be stopped');
    assert.deepEqual(await left(), [first, first]);
    assert.equal(await remove(engine, `sessions/${first}`), 200);
    assert.deepEqual(await left(), []);
    await passivateSession(engine, 'to be deleted');
    assert.equal((await left()).length, 2);
    assert.equal(await remove(engine, `chats/${await chatOf(engine)}`), 200);
    assert.deepEqual(await left(), []);
  });

if (canBeLocal)
  test('deleting a chat removes its folder even where the engine has sandboxes of another kind by now', async (t) => {
    const base = await mkdtemp('/tmp/lucid-deletion-');
    const database = await createTestDatabase();
    const start = (SANDBOX: string) =>
      startTestEngine({
        environment: { SANDBOX, ALLOW_LOCAL_SANDBOX: '1', WORKSPACE_BASE_PATH: base, ...restless },
        databaseUrl: database.url,
      });
    t.after(async () => {
      await database.drop();
      await rm(base, { recursive: true });
    });
    const local = await start('local');
    const sessionId = await passivateSession(local, 'to be deleted');
    await local.close();
    assert.deepEqual(await readdir(path.join(base, 'ada')), [sessionId]);
    const memory = await start('memory');
    assert.equal(await remove(memory, `chats/${await chatOf(memory)}`), 200);
    await memory.close();
    assert.deepEqual([await readdir(path.join(base, 'ada')), await readdir(path.join(base, '.shells'))], [[], []]);
  });

if (canBeLocal)
  test('a sweep removes the folders of sessions that ended without any engine to remove them', async (t) => {
    const base = await mkdtemp('/tmp/lucid-deletion-');
    const database = await createTestDatabase();
    const local = { SANDBOX: 'local', ALLOW_LOCAL_SANDBOX: '1', WORKSPACE_BASE_PATH: base };
    const options = { reaperIntervalMs: 20 };
    const engine = await startTestEngine({
      environment: { ...local, ...restless },
      options,
      databaseUrl: database.url,
    });
    t.after(async () => {
      await engine.close();
      await database.drop();
      await rm(base, { recursive: true });
    });
    const [ended, kept] = [await passivateSession(engine, 'ends'), await passivateSession(engine, 'rests')];
    await runStatement(
      database.url,
      sql.unsafe`UPDATE lucid_engine.agent_sessions SET state = 'stopped' WHERE id = ${ended}`,
    );
    await waitUntil(() => !existsSync(path.join(base, 'ada', ended)) && !existsSync(path.join(base, '.shells', ended)));
    assert.ok(existsSync(path.join(base, 'ada', kept)));
  });

dockerTest(
  'stopping a session, or deleting its chat, removes its container and workspace, also one that was made ahead',
  async (t) => {
    for (const SANDBOX_WARM of ['0', '1']) {
      const base = await DockerBase.create();
      const engine = await startTestEngine({ environment: { ...base.environment, ...restless, SANDBOX_WARM } });
      t.after(async () => {
        await engine.close();
        await base.remove();
      });
      const isOnlyWarm = async () =>
        (await base.listLeft()).length === 2 * Number(SANDBOX_WARM) &&
        (await base.listWarm()).length === Number(SANDBOX_WARM);
      await waitUntil(isOnlyWarm);
      const first = await passivateSession(engine, 'to be stopped');
      await waitUntil(() => base.isPaused(first));
      assert.equal(await remove(engine, `sessions/${first}`), 200);
      await waitUntil(isOnlyWarm);
      await passivateSession(engine, 'to be deleted');
      assert.equal(await remove(engine, `chats/${await chatOf(engine)}`), 200);
      await waitUntil(isOnlyWarm);
    }
  },
);

test("a caller's sealed keys are removed at the session's end", async (t) => {
  const environment = { ENCRYPTION_KEY: 'a key for tests that is long enough for anybody' };
  const engine = await startTestEngine({ environment });
  const pool = await createPool(engine.databaseUrl);
  t.after(async () => {
    await pool.end();
    await engine.close();
  });
  const asked = { task: 'wait', gitToken: 'ghp_sealed', repoUrl: 'https://github.com/user/repo' };
  const { body } = await callAs<{ sessionId: string }>(engine, 'ada', 'POST', '/api/v1/sessions', asked);
  const isSealed = () =>
    pool.oneFirst(sql.unsafe`SELECT sealed_secrets IS NOT NULL FROM lucid_engine.agent_sessions`) as Promise<boolean>;
  assert.equal(await isSealed(), true);
  assert.equal(await remove(engine, `sessions/${body.sessionId}`), 200);
  assert.equal(await isSealed(), false);
});
